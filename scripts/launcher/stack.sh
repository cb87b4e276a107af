# shellcheck shell=bash
# A stack as a whole: up, status, logs, down, and its single parts.

LOCK_FD=''
# How long parts of a running stack may be silent before it counts as broken.
SLOW_SECONDS=15

lock_state() {
  exec {LOCK_FD}>"$STATE/lock"
  flock -w 120 "$LOCK_FD" || fail "another launcher is busy with $STATE"
}

all_alive() {
  local part
  for part in "${PARTS[@]}"; do is_alive "$part" || return 1; done
}

# --- up ---

stack_up() {
  local nodes='' json=no bare=no began part
  local -a ports
  while (($#)); do
    case $1 in
      --nodes) 
        (($# > 1)) || usage_error "--nodes needs a number"
        nodes=$2
        shift
        ;;
      --nodes=*) nodes=${1#*=} ;;
      --json) json=yes PROGRESS_FD=2 ;;
      --bare) bare=yes ;;
      *) usage_error "up does not know '$1'; see ./mooring up --help" ;;
    esac
    shift
  done
  state_paths
  began=$(now_millis)
  make_state_dir
  lock_state
  # In a subshell: what a broken stack was started with must not become this one's settings.
  if (load_running); then
    load_settings
    [[ -z $nodes || $nodes == "$NODE_COUNT" ]] || fail "already up with $NODE_COUNT nodes; ./mooring down first"
    progress "already up (state: $STATE)"
    print_stack "$json"
    return 0
  fi
  NODE_COUNT=${nodes:-2}
  default_settings
  list_parts
  need_packages 'mooring up' "${PACKAGES_UP[@]}"
  find_jdk
  mapfile -t ports < <(wanted_ports)
  check_ports "${ports[@]}"
  check_rtp_ports
  build

  STACK_ID=$(random_hex 8)
  trap 'abandon_up' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP PIPE
  token_file "$OPERATOR_TOKEN_FILE" "${MOORING_OPERATOR_TOKEN:-}"
  token_file "$EDGE_TOKEN_FILE" "${MOORING_EDGE_TOKEN:-}"
  # A stack may hold thousands of calls, each with sockets of its own.
  ulimit -Sn "$(ulimit -Hn)" 2>/dev/null || true
  save_settings
  for part in "${PARTS[@]}"; do
    # A node that is watched while it starts needs what nodes need.
    if [[ $part == kamailio ]]; then train_aot_cache; fi
    start_part "$part"
  done
  wait_healthy "${PARTS[@]}"
  [[ $bare == yes ]] || provision_demo
  write_stack_json
  trap - EXIT INT TERM HUP PIPE
  progress "up in $(seconds_since "$began") s"
  print_stack "$json"
}

# A stack that is whole is used; what is left of a broken one is taken away.
load_running() {
  load_settings || return 1
  # The description is written last: without it, an earlier up was cut off half way.
  if [[ -s $STACK_JSON ]] && all_alive && all_answer_soon; then return 0; fi
  if any_part_left; then progress "taking away what is left of the last stack"; fi
  take_down 3
  return 1
}

# A part that lives and is slow to answer carries calls perhaps: it gets its time before the stack counts as broken.
all_answer_soon() {
  local part told='' deadline
  deadline=$(($(now_millis) + SLOW_SECONDS * 1000))
  for part in "${PARTS[@]}"; do
    until is_healthy "$part"; do
      is_alive "$part" && (($(now_millis) < deadline)) || return 1
      [[ $told == "$part" ]] || progress "$part lives and does not answer: waiting for it, up to $SLOW_SECONDS s"
      told=$part
      sleep 0.05
    done
  done
}

any_part_left() {
  local part
  for part in "${PARTS[@]}"; do [[ -z $(part_pids "$part") ]] || return 0; done
  return 1
}

abandon_up() {
  local status=$?
  # Nothing may stop this, not even that nobody reads the output any more.
  trap - EXIT
  trap '' INT TERM HUP PIPE
  ((status == 0)) || take_down 2
  exit "$status"
}

# wait_healthy PART...: until each does its work; fails at once when a process ends, or when the time is up.
wait_healthy() {
  local part deadline began
  local -a waiting=("$@") still
  began=$(now_millis)
  deadline=$((began + MOORING_UP_SECONDS * 1000))
  while ((${#waiting[@]})); do
    still=()
    for part in "${waiting[@]}"; do
      if ! is_alive "$part"; then
        fail "$part did not start: $(last_words "$LOGS/$part.log") (log: $LOGS/$part.log)"
      elif is_healthy "$part"; then
        progress "$(printf '  %s%-15s%s ready   %s%s s%s' "$GREEN" "$part" "$PLAIN" "$DIM" "$(seconds_since "$began")" "$PLAIN")"
      else
        still+=("$part")
      fi
    done
    waiting=("${still[@]}")
    ((${#waiting[@]})) || break
    (($(now_millis) < deadline)) ||
      fail "${waiting[0]} is not healthy after $MOORING_UP_SECONDS s: $(last_words "$LOGS/${waiting[0]}.log") (log: $LOGS/${waiting[0]}.log)"
    sleep 0.05
  done
}

# The demo tenant, whose users may all park, its extensions and its trunk, over the public API of the first node.
provision_demo() {
  local extension url answers
  url=http://$MOORING_BIND:$(node_api 1)/v1
  answers=$(
    {
      put "$url/tenants/$DEMO_TENANT" '{}'
      say next
      put "$url/tenants/$DEMO_TENANT/park-policies/everyone" '{"name": "Everyone"}'
      say next
      # It has the machine for itself.
      put "$url/tenants/$DEMO_TENANT" '{"defaultParkPolicy": "everyone", "quotas": {"sipRequestsPerSecond": 10000}}'
      for ((extension = 101; extension <= 110; extension++)); do
        say next
        put "$url/tenants/$DEMO_TENANT/extensions/$extension" "{\"password\": \"demo-$extension\"}"
      done
      say next
      put "$url/trunks/$DEMO_TRUNK_ADDRESS" "{\"name\": \"$DEMO_TRUNK\", \"tenant\": \"$DEMO_TENANT\"}"
    } | curl --silent --show-error --max-time 10 --noproxy '*' --config - 2>&1
  ) || fail "node-1 did not take the demo tenant: $(tail -n 1 <<<"$answers") (log: $LOGS/node-1.log)"
  local bad
  bad=$(grep -m1 '^[013-9][0-9][0-9] ' <<<"$answers" || true)
  [[ -z $bad ]] || fail "node-1 did not take the demo tenant: $bad (log: $LOGS/node-1.log)"
}

# One request in curl's configuration language; the token stays out of the process list.
put() {
  printf 'url = "%s"\nrequest = PUT\noutput = /dev/null\n' "$1"
  # A node that is busy, or whose Redis is just being found, says 503 and when to ask again.
  printf 'retry = 8\nretry-max-time = 20\n'
  printf 'header = "Content-Type: application/json"\nheader = "Authorization: Bearer %s"\n' "$(<"$OPERATOR_TOKEN_FILE")"
  printf 'data = "%s"\n' "${2//\"/\\\"}"
  printf 'write-out = "%%{http_code} %%{method} %%{url_effective}\\n"\n'
}

# A node starts in a third of the time with the classes and profiles that an earlier node has left in a file (JEP 483, 515).
# The file fits one build of the jar. Without it everything works, only later.
train_aot_cache() {
  local lock began
  if [[ $MOORING_AOT == off ]]; then
    AOT_CACHE=''
    return 0
  fi
  aot_is_fresh && return 0
  exec {lock}>"$ROOT/target/.build.lock"
  flock "$lock"
  if ! aot_is_fresh; then
    began=$(now_millis)
    progress "making the start-up cache of the nodes, once for each build (MOORING_AOT=off leaves it out)"
    if (train_node) {lock}>&- 2>/dev/null; then
      progress "made in $(seconds_since "$began") s"
    else
      progress "not made; the nodes start without it"
      kill_part node-1
    fi
  fi
  exec {lock}>&-
}

aot_is_fresh() { [[ -s $AOT_CACHE && $AOT_CACHE -nt $JAR && $AOT_CACHE -nt $JDK/release ]]; }

# A node that does what the first minute of a stack asks for, and leaves the cache when it ends.
train_node() {
  local PROGRESS_FD
  exec {PROGRESS_FD}>/dev/null
  start_node 1 "-XX:AOTCacheOutput=$AOT_CACHE.new"
  wait_healthy redis rtpengine node-1
  (provision_demo) || true
  rehearse_calls 1 30 >/dev/null || true
  curl --silent --max-time 5 --noproxy '*' "http://$LOOPBACK:$(node_admin 1)/metrics" >/dev/null || true
  stop_parts 120 node-1
  [[ -s $AOT_CACHE.new ]] && mv -f "$AOT_CACHE.new" "$AOT_CACHE"
}

# --- what is up ---

write_stack_json() {
  local part i
  local -a parts=() nodes=()
  for part in "${PARTS[@]}"; do
    read_record "$part" || RECORD_PID=null # stopped on purpose
    parts+=("{\"name\":\"$part\",\"pid\":$RECORD_PID,\"log\":\"$LOGS/$part.log\"}")
  done
  for ((i = 1; i <= NODE_COUNT; i++)); do
    read_record "node-$i" || RECORD_PID=null
    nodes+=("{\"name\":\"node-$i\",\"pid\":$RECORD_PID,\"api\":\"http://$MOORING_BIND:$(node_api "$i")\",\"edge\":\"http://$LOOPBACK:$(node_edge "$i")\",\"admin\":\"http://$LOOPBACK:$(node_admin "$i")\",\"cluster\":\"$LOOPBACK:$(node_cluster "$i")\"}")
  done
  jq . >"$STACK_JSON.new" <<E2
{
  "state": "$STATE",
  "sip": {"host": "$MOORING_BIND", "port": $MOORING_SIP_PORT, "transports": ["udp", "tcp"]},
  "edge": {"id": "edge-1", "control": "http://$LOOPBACK:$MOORING_CONTROL_PORT"},
  "redis": {"host": "$LOOPBACK", "port": $MOORING_REDIS_PORT, "url": "redis://$LOOPBACK:$MOORING_REDIS_PORT"},
  "rtpengine": {"ng": "$LOOPBACK:$MOORING_RTPENGINE_PORT", "metrics": "http://$LOOPBACK:$MOORING_RTPENGINE_PORT/metrics", "media": "$MOORING_BIND", "rtpPorts": [${MOORING_RTP_PORTS%-*}, ${MOORING_RTP_PORTS#*-}], "redis": "${MOORING_RTPENGINE_REDIS:+redis://$MOORING_RTPENGINE_REDIS}"},
  "operatorTokenFile": "$OPERATOR_TOKEN_FILE",
  "edgeTokenFile": "$EDGE_TOKEN_FILE",
  "musicFile": "$MOORING_MUSIC_FILE",
  "tenant": "$DEMO_TENANT",
  "trunk": {"name": "$DEMO_TRUNK", "address": "$DEMO_TRUNK_ADDRESS"},
  "parts": [$(IFS=, && printf '%s' "${parts[*]}")],
  "nodes": [$(IFS=, && printf '%s' "${nodes[*]}")]
}
E2
  mv -f "$STACK_JSON.new" "$STACK_JSON"
}

print_stack() {
  local i
  if [[ $1 == yes ]]; then
    cat "$STACK_JSON"
    return
  fi
  cat <<E2

${BOLD}Register a phone${PLAIN}
  SIP server   $MOORING_BIND:$MOORING_SIP_PORT, UDP or TCP (outbound proxy; the domain below is no DNS name)
  user         101 to 110, domain $DEMO_TENANT
  password     demo-101 for 101, and so on

${BOLD}Dial${PLAIN}
  101 to 110       another extension
  transfer to *68  park the call            *68<ext>  park it at that extension
  transfer to *59  park it at an orbit      *59<n>    park it at that orbit
  transfer to *58  park it for your group   *88       take a call that is parked for you
  *88<ext>         take the one parked at that extension, or at that orbit

${BOLD}Look${PLAIN}
E2
  for ((i = 1; i <= NODE_COUNT; i++)); do
    printf '  node-%d   API http://%s:%s/v1   health http://%s:%s/readyz   metrics http://%s:%s/metrics\n' \
      "$i" "$MOORING_BIND" "$(node_api "$i")" "$LOOPBACK" "$(node_admin "$i")" "$LOOPBACK" "$(node_admin "$i")"
  done
  printf '  console         http://%s:%s/console/   (sign in with the operator token)\n' "$MOORING_BIND" "$(node_api 1)"
  printf '  operator token  %s\n  logs            %s\n' "$OPERATOR_TOKEN_FILE" "$LOGS"
}

part_state() {
  if ! is_alive "$1"; then
    if [[ -n $(part_pids "$1") ]]; then printf broken; else printf down; fi
  elif [[ $STAT_STATE == T ]]; then
    printf frozen
  else
    printf running
  fi
}

# CPU per cent since the start, and memory in MiB, of all processes of a part. Shared memory is counted once.
part_usage() {
  local -a pids files
  mapfile -t pids < <(part_pids "$1")
  ((${#pids[@]})) || return 0
  files=("${pids[@]/#//proc/}")
  files=("${files[@]/%//smaps_rollup}")
  {
    ps -o pcpu= -p "$(IFS=, && printf '%s' "${pids[*]}")"
    cat "${files[@]}"
  } 2>/dev/null | awk '/^Pss:/ {memory += $2} NF == 1 {cpu += $1} END {printf "%.1f %d", cpu, memory / 1024}'
}

stack_status() {
  local json=no part state health pid cpu mem row whole=yes
  local -a rows=()
  case ${1:-} in
    '') ;;
    --json) json=yes ;;
    *) usage_error "status does not know '$1'; see ./mooring status --help" ;;
  esac
  state_paths
  if ! load_settings; then
    if [[ $json == yes ]]; then say '{"up": false, "parts": []}'; else say "not up (state: $STATE)"; fi
    return 3
  fi
  for part in "${PARTS[@]}"; do
    state=$(part_state "$part") health=- pid=- cpu=- mem=-
    if [[ $state != down ]]; then
      read_record "$part" && pid=$RECORD_PID
      read -r cpu mem <<<"$(part_usage "$part")"
      health=failing
      [[ $state != running ]] || ! is_healthy "$part" || health=ok
    fi
    [[ $health == ok ]] || whole=no
    rows+=("$part $pid $state $cpu $mem $(part_port "$part") $health")
  done
  if [[ $json == yes ]]; then
    printf '%s\n' "${rows[@]}" | jq -Rn --argjson up "$([[ $whole == yes ]] && echo true || echo false)" '{up: $up, parts: [inputs | split(" ") |
      {name: .[0], pid: (.[1] | tonumber? // null), state: .[2], cpuPercent: (.[3] | tonumber? // null), memoryMiB: (.[4] | tonumber? // null), port: (.[5] | tonumber), health: .[6]}]}'
  else
    printf '%s%-10s %8s  %-8s %6s %8s %6s  %s%s\n' "$BOLD" part pid state cpu% 'mem MiB' port health "$PLAIN"
    for row in "${rows[@]}"; do
      # shellcheck disable=SC2086 # fields without blanks
      printf '%-16s %8s  %-8s %6s %8s %6s  %s\n' $row
    done
  fi
  [[ $whole == yes ]] || return 3
}

stack_logs() {
  local follow=no part
  local -a wanted=() files=()
  while (($#)); do
    case $1 in
      -f | --follow) follow=yes ;;
      -*) usage_error "logs does not know '$1'; see ./mooring logs --help" ;;
      *) wanted+=("$1") ;;
    esac
    shift
  done
  state_paths
  load_settings || [[ -d $LOGS ]] || fail "no logs in $STATE"
  ((${#wanted[@]})) || wanted=("${PARTS[@]}")
  for part in "${wanted[@]}"; do
    [[ -r $LOGS/$part.log ]] || fail "no log of '$part' in $LOGS"
    files+=("$LOGS/$part.log")
  done
  ((${#files[@]})) || fail "no logs in $STATE"
  if [[ $follow == yes ]]; then exec tail -n 20 -F "${files[@]}"; fi
  exec tail -n 200 "${files[@]}"
}

# --- down ---

# take_down SECONDS: nodes first, so that they can finish what they began with the others still there.
take_down() {
  local part
  local -a nodes=() others=()
  for part in "${PARTS[@]}"; do
    if [[ $part == node-* ]]; then nodes+=("$part"); else others=("$part" "${others[@]}"); fi
  done
  stop_parts "$1" "${nodes[@]}"
  stop_parts 5 "${others[@]}"
  rm -f "$STACK_JSON" "$RUN/settings"
}

stack_down() {
  local purge=no
  case ${1:-} in
    '') ;;
    --purge) purge=yes ;;
    *) usage_error "down does not know '$1'; see ./mooring down --help" ;;
  esac
  state_paths
  if [[ -d $STATE ]]; then
    lock_state
    if load_settings; then
      take_down "$((MOORING_DRAIN_SECONDS + 5))"
      say "down"
    else
      say "not up"
    fi
    [[ $purge == no ]] || rm -rf "$STATE"
  else
    say "not up"
  fi
}

# --- one part ---

stack_part() {
  local verb=${1:-} part=${2:-} seconds
  [[ -n $verb && -n $part ]] || usage_error "part needs a verb and a name; see ./mooring part --help"
  state_paths
  [[ -d $STATE ]] || fail "not up (state: $STATE)"
  lock_state
  load_settings || fail "not up (state: $STATE)"
  [[ " ${PARTS[*]} " == *" $part "* ]] || usage_error "no part is called '$part' (parts: ${PARTS[*]})"
  seconds=$MOORING_DRAIN_SECONDS
  case $verb in
    stop)
      # An edge that has others beside it drains for 20 s at the most, and is silent for two.
      if [[ $part == kamailio ]]; then seconds=$((${MOORING_EDGE_DRAIN_SECONDS:-20} + 2)); fi
      stop_parts "$((seconds + 5))" "$part"
      ;;
    kill)
      kill_part "$part"
      rm -f "$RUN/$part.pid"
      ;;
    freeze) signal_part STOP "$part" ;;
    thaw) signal_part CONT "$part" ;;
    start)
      if is_alive "$part"; then
        say "$part is running"
        return 0
      fi
      kill_part "$part"
      find_jdk
      start_part "$part"
      wait_healthy "$part"
      write_stack_json
      ;;
    *) usage_error "part does not know '$verb'; see ./mooring part --help" ;;
  esac
}
