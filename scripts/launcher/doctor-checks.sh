# shellcheck shell=bash
# What ./mooring doctor looks at.

# Where the kernel tells of itself; a test has another one.
DOCTOR_PROC=${MOORING_DOCTOR_PROC:-/proc}
LEAST_FILES=4096
LEAST_FREE_PERCENT=10
FULL_PERCENT=2
CERTIFICATE_DAYS=21
MOST_CLOCK_MILLIS=1000
DOCTOR_SECONDS=3

# --- the machine ---

# check_tools LOCAL: what this program needs, and on the machine of a stack what that needs.
check_tools() {
  local tool
  for tool in curl jq redis-cli ss openssl; do
    if command -v "$tool" >/dev/null; then
      ok "tool $tool" "$(command -v "$tool")"
    else
      broken "tool $tool" missing "install it: nothing that needs it can be looked at"
    fi
  done
  [[ $1 == yes ]] || return 0
  check_version kamailio 5.6 "$(kamailio -v 2>&1 | sed -n 's/^version: kamailio \([0-9.]*\).*/\1/p')"
  check_version rtpengine 10.5 "$(rtpengine --version 2>&1 | sed -n 's/^Version: \([0-9.]*\).*/\1/p')"
  check_version redis-server 7.0 "$(redis-server --version 2>&1 | sed -n 's/.* v=\([0-9.]*\).*/\1/p')"
  if (find_jdk) 2>/dev/null; then
    find_jdk
    ok 'tool java' "$(java_major "$JDK") ($JDK)"
  else
    broken 'tool java' "no JDK $LEAST_JAVA" "install one, or set MOORING_JDK"
  fi
}

# check_version TOOL TESTED FOUND: another minor version has not been tested.
check_version() {
  if [[ -z $3 ]]; then
    broken "tool $1" missing "apt-get install it; ./mooring up does so as root"
  elif [[ $3 == "$2".* || $3 == "$2" ]]; then
    ok "tool $1" "$3"
  else
    warn "tool $1" "$3" "everything is tested with $2 only"
  fi
}

check_that_a_stack_could_start() {
  local problem
  local -a ports
  ok 'stack of this folder' "not up (state: $STATE)"
  NODE_COUNT=${NODE_COUNT:-2}
  if ! problem=$( (default_settings) 2>&1); then
    broken settings "${problem#mooring: }" 'correct this environment variable'
    return
  fi
  default_settings
  ok settings 'of the environment, all in order'
  mapfile -t ports < <(wanted_ports)
  if problem=$( (check_ports "${ports[@]}") 2>&1) && problem=$( (check_rtp_ports) 2>&1); then
    ok ports "${#ports[@]} and the RTP ports $MOORING_RTP_PORTS are free"
  else
    broken ports "${problem#mooring: }" 'stop what has it, or choose others'
  fi
}

check_machine() {
  local limit errors packets
  limit=$(ulimit -Hn)
  if [[ $limit == unlimited ]] || ((limit >= LEAST_FILES)); then
    ok 'file descriptors' "at most $limit a process"
  else
    warn 'file descriptors' "at most $limit a process" "raise nofile to $LEAST_FILES or more (limits.conf, LimitNOFILE=): rtpengine takes some for each call"
  fi
  read -r packets errors <<<"$(awk '$1 == "Udp:" && $2 ~ /^[0-9]/ {print $2, $6}' "$DOCTOR_PROC/net/snmp")"
  if ((errors * 10000 <= packets)); then
    ok 'UDP buffers' "$errors datagrams of $packets found no room since the start; most: $(cat "$DOCTOR_PROC/sys/net/core/rmem_max") bytes"
  else
    warn 'UDP buffers' "$errors datagrams of $packets found no room since the start" \
      "raise net.core.rmem_max and rmem_default (now $(cat "$DOCTOR_PROC/sys/net/core/rmem_max") and $(cat "$DOCTOR_PROC/sys/net/core/rmem_default")), or add CPU"
  fi
  check_disk "$([[ -d $STATE ]] && printf '%s' "$STATE" || printf '%s' "$ROOT")"
}

check_disk() {
  local used free
  used=$(df -P "$1" | awk 'NR == 2 {sub(/%/, "", $5); print $5}')
  free=$((100 - used))
  if ((free >= LEAST_FREE_PERCENT)); then
    ok "disk of $1" "$free % free"
  elif ((free >= FULL_PERCENT)); then
    warn "disk of $1" "$free % free" 'make room: Redis and the logs write here'
  else
    broken "disk of $1" "$free % free" 'make room: Redis refuses writes when its file cannot grow'
  fi
}

# check_settings_files FILE...: as a node would read them, KEY=value a line.
check_settings_files() {
  local file problem
  local -a environment
  for file in "$@"; do
    if [[ ! -r $file ]]; then
      broken "settings $file" 'cannot be read' 'give the environment file of a node'
      continue
    fi
    mapfile -t environment < <(grep -E '^[A-Z_]+=' "$file")
    find_jdk
    if problem=$(env -i "${environment[@]}" "$JDK/bin/java" --enable-native-access=ALL-UNNAMED -jar "$JAR" --check-settings 2>&1); then
      ok "settings $file" 'a node takes them'
    else
      while IFS= read -r line; do broken "settings $file" "${line#mooring: }" 'docs/configuration.md has all settings'; done <<<"$problem"
    fi
  done
}

# --- Redis ---

# ask_redis HOST:PORT COMMAND...
ask_redis() {
  local host=${1%:*} port=${1##*:}
  shift
  timeout "$DOCTOR_SECONDS" redis-cli --no-auth-warning -h "$host" -p "$port" "$@" 2>&1 | tr -d '\r'
}

# info_of TEXT FIELD
info_of() { sed -n "s/^$2:\(.*\)/\1/p" <<<"$1" | head -n 1; }

setting_of() { ask_redis "$1" CONFIG GET "$2" | sed -n 2p; }

check_redis_servers() {
  local server info role primaries='' reached=0
  for server in "$@"; do
    info=$(ask_redis "$server" INFO)
    role=$(info_of "$info" role)
    if [[ -z $role ]]; then
      broken "redis $server" "no answer: $(head -n 1 <<<"$info")" 'start it; its address, firewall and password (REDISCLI_AUTH)'
      continue
    fi
    reached=$((reached + 1))
    if [[ $role == master ]]; then primaries+=" $server"; fi
    ok "redis $server" "$role, version $(info_of "$info" redis_version), up for $(info_of "$info" uptime_in_seconds) s"
    check_redis_data "$server" "$info"
    if [[ $role == master ]]; then check_primary "$server" "$info"; else check_replica "$server" "$info"; fi
  done
  ((reached)) || return 0
  read -ra primaries <<<"$primaries"
  case ${#primaries[@]} in
    1) ok 'redis primary' "${primaries[0]}" ;;
    0) broken 'redis primary' 'none of them is the primary' 'what do the Sentinels say? SENTINEL FAILOVER mymaster' ;;
    *) broken 'redis primary' "${primaries[*]} say that they are the primary" 'one of them has been replaced: make it a replica (REPLICAOF), or restart it' ;;
  esac
}

# Nothing may be lost: neither by eviction, nor with the process.
check_redis_data() {
  local policy most used
  policy=$(setting_of "$1" maxmemory-policy)
  if [[ $policy == noeviction ]]; then
    ok "redis $1 eviction" "$policy"
  else
    broken "redis $1 eviction" "$policy" 'CONFIG SET maxmemory-policy noeviction, and in redis.conf: calls would vanish when it is full'
  fi
  if [[ $(info_of "$2" aof_enabled) != 1 ]]; then
    broken "redis $1 persistence" 'no append-only file' 'CONFIG SET appendonly yes, and in redis.conf: a restart would lose everything'
  elif [[ $(info_of "$2" aof_last_write_status) != ok || $(info_of "$2" aof_last_bgrewrite_status) != ok ]]; then
    broken "redis $1 persistence" 'its append-only file could not be written' 'its log; is its disk full?'
  else
    ok "redis $1 persistence" 'append-only file, last written without an error'
  fi
  most=$(info_of "$2" maxmemory) used=$(info_of "$2" used_memory)
  if ((most == 0 || used * 100 <= most * 80)); then
    ok "redis $1 memory" "$((used / 1048576)) MiB of $( ((most)) && printf '%s MiB' $((most / 1048576)) || printf 'no limit')"
  else
    warn "redis $1 memory" "$((used / 1048576)) of $((most / 1048576)) MiB" 'give it more (maxmemory): full, it refuses parks'
  fi
}

check_primary() {
  local replicas wanted good
  replicas=$(info_of "$2" connected_slaves) wanted=$(setting_of "$1" min-replicas-to-write)
  # Told only where it is wanted.
  good=$(info_of "$2" min_slaves_good_slaves)
  if ((wanted > 0 && ${good:-0} < wanted)); then
    broken "redis $1 replicas" "${good:-0} in step of $replicas; it writes only with $wanted" 'start the replicas: nothing can be parked now'
  elif ((replicas > 0 && wanted == 0)); then
    warn "redis $1 replicas" "$replicas, and it writes without them, too" 'min-replicas-to-write 1: a primary that is cut off would acknowledge what is lost'
  elif ((replicas == 0)); then
    warn "redis $1 replicas" none 'with its machine the last second of writes is lost; three with Sentinels lose nothing (docs/operations.md)'
  elif ((replicas == 1)); then
    warn "redis $1 replicas" 1 'it takes two: of two servers, the one that is left has no replica'
  else
    ok "redis $1 replicas" "$replicas, min-replicas-to-write $wanted"
  fi
}

check_replica() {
  if [[ $(info_of "$2" master_link_status) == up ]]; then
    ok "redis $1 replication" "in step with $(info_of "$2" master_host):$(info_of "$2" master_port), heard of $(info_of "$2" master_last_io_seconds_ago) s ago"
  else
    broken "redis $1 replication" "no link to $(info_of "$2" master_host):$(info_of "$2" master_port)" 'the network between them; masterauth'
  fi
}

check_sentinels() {
  local sentinel answer named=''
  for sentinel in "$@"; do
    answer=$(ask_redis "$sentinel" SENTINEL GET-MASTER-ADDR-BY-NAME "${MOORING_REDIS_MASTER:-mymaster}" | paste -sd:)
    if [[ ! $answer =~ :[0-9]+$ ]]; then
      broken "sentinel $sentinel" "no primary: ${answer:-no answer}" 'start it; does it watch that name (MOORING_REDIS_MASTER)?'
      continue
    fi
    named+="$answer"$'\n'
    if answer=$(ask_redis "$sentinel" SENTINEL CKQUORUM "${MOORING_REDIS_MASTER:-mymaster}") && [[ $answer == OK* ]]; then
      ok "sentinel $sentinel" "$answer"
    else
      broken "sentinel $sentinel" "$answer" 'start the others: there would be no fail-over'
    fi
  done
  [[ -n $named ]] || return 0
  if (($(sort -u <<<"${named%$'\n'}" | wc -l) == 1)); then
    ok 'sentinels' "all name ${named%%$'\n'*}"
  else
    broken 'sentinels' "they name $(sort -u <<<"${named%$'\n'}" | paste -sd' ')" 'the network between them'
  fi
}

# --- media and edges ---

check_rtpengines() {
  local address answer
  for address in "$@"; do
    if answer=$(ask_ng "$address" ping 2>/dev/null) && [[ $answer == *pong* ]]; then
      ok "rtpengine $address" 'answers over ng'
    else
      broken "rtpengine $address" 'no answer over ng' 'start it; its listen-ng and the firewall (UDP): parks are refused'
    fi
    check_rtp_range "$address"
  done
}

# ask_ng HOST:PORT COMMAND: one command of the ng protocol, which answers with its cookie and a dictionary.
ask_ng() {
  local fd
  exec {fd}<>"/dev/udp/${1%:*}/${1##*:}" || return 1
  printf 'doctor%s {"command":"%s"}' "$RANDOM" "$2" | dd bs=4096 count=1 status=none >&"$fd" || true
  timeout 1 dd bs=65536 count=1 status=none <&"$fd" || true
  exec {fd}>&-
}

# Whether the range is there at all, and lies where the system takes no ports for others.
check_rtp_range() {
  local low high first last
  [[ -n $rtp_ports ]] || return 0
  low=${rtp_ports%-*} high=${rtp_ports#*-}
  if ! { [[ $rtp_ports == *-* ]] && is_number "$low" 1024 65535 && is_number "$high" "$low" 65535; }; then
    broken "rtpengine $1 ports" "'$rtp_ports' is no range" 'such as 30000-39999'
    return
  fi
  read -r first last <"$DOCTOR_PROC/sys/net/ipv4/ip_local_port_range"
  if ((low <= last && high >= first)) && [[ $(cat "$DOCTOR_PROC/sys/net/ipv4/ip_local_reserved_ports") != *"$low-$high"* ]]; then
    warn "rtpengine $1 ports" "$rtp_ports, and the system gives $first-$last to clients" \
      "net.ipv4.ip_local_reserved_ports=$rtp_ports, or another range: now and then a port is taken"
  else
    ok "rtpengine $1 ports" "$rtp_ports: room for $(((high - low + 1) / 4)) calls"
  fi
}

check_edges() {
  local edge status token
  for edge in "$@"; do
    if status=$(doctor_get "$edge/edge/v1/health") && [[ $(jq -r .status <<<"$status" 2>/dev/null) == UP ]]; then
      ok "edge $edge" "up since $(date -d "@$(jq -r .boot <<<"$status")" '+%F %T' 2>/dev/null)"
    else
      broken "edge $edge" 'its control port does not answer' 'start it; MOORING_CONTROL_ADDRESS and the firewall: recalls and lamps go this way'
      continue
    fi
    status=$(edge_answers "$edge" '')
    if [[ $status == 401 ]]; then
      ok "edge $edge guard" 'refuses who has no token'
    else
      broken "edge $edge guard" "answers $status to who has no token" 'set MOORING_EDGE_TOKEN: anybody could give it orders'
    fi
    if [[ ! -r $edge_token_file ]]; then
      warn "edge $edge token" 'not looked at' '--edge-token-file tells which one it should take'
      continue
    fi
    token=$(<"$edge_token_file")
    status=$(edge_answers "$edge" "$token")
    if [[ $status == 200 ]]; then
      ok "edge $edge token" 'takes that of the nodes'
    else
      broken "edge $edge token" "answers $status to that of the nodes" 'the same MOORING_EDGE_TOKEN at edges and nodes'
    fi
  done
}

# edge_answers URL TOKEN: the status of a question that changes nothing. The token stays out of the process list.
edge_answers() {
  printf 'header = "Authorization: Bearer %s"\n' "$2" | curl --silent --output /dev/null --max-time "$DOCTOR_SECONDS" --noproxy '*' \
    --config - --data '{"tenant": "doctor.invalid", "users": "0"}' --write-out '%{http_code}' "$1/edge/v1/registered" || true
}

doctor_get() { curl --silent --fail --max-time "$DOCTOR_SECONDS" --noproxy '*' "$1"; }

check_sip() {
  local address transport
  for address in "$@"; do
    for transport in udp tcp; do
      if MOORING_BIND=${address%:*} MOORING_SIP_PORT=${address##*:} sip_answers "$transport" 2>/dev/null; then
        ok "SIP $address/$transport" 'answers OPTIONS'
      else
        broken "SIP $address/$transport" 'no answer to OPTIONS' 'start Kamailio; its address and the firewall'
      fi
    done
  done
}

# --- nodes ---

check_nodes() {
  local url ready status before after found='' running=0
  for url in "$@"; do
    if [[ $(doctor_get "$url/livez" | jq -r .status 2>/dev/null) != alive ]]; then
      broken "node $url" 'does not answer' 'start it; MOORING_ADMIN_LISTEN, the firewall; a node that is frozen is better killed'
      continue
    fi
    ready=$(curl --silent --max-time "$DOCTOR_SECONDS" --noproxy '*' "$url/readyz")
    before=$(now_millis)
    status=$(doctor_get "$url/statusz")
    after=$(now_millis)
    check_node_is_ready "$url" "$ready"
    if [[ -z $(jq -r '.version // empty' <<<"$status" 2>/dev/null) ]]; then
      broken "node $url status" 'does not tell what it is' 'its version is older than this doctor'
      continue
    fi
    running=$((running + 1))
    check_node_clock "$url" "$(jq .timeMillis <<<"$status")" "$before" "$after"
    if (($(jq '.mostOpenFiles // 0' <<<"$status") >= LEAST_FILES)); then
      ok "node $url files" "$(jq -r '"\(.openFiles) open of \(.mostOpenFiles)"' <<<"$status")"
    else
      warn "node $url files" "$(jq -r '"\(.openFiles) open of \(.mostOpenFiles)"' <<<"$status")" "raise nofile to $LEAST_FILES or more"
    fi
    found+=$(jq -c . <<<"$status")$'\n'
  done
  ((running)) || return 0
  compare_nodes "$running" "${found%$'\n'}"
}

check_node_is_ready() {
  local down
  down=$(jq -r '[.dependencies | to_entries[] | select(.value.status != "up") | "\(.key): \(.value.error)"] | join("; ")' <<<"$2" 2>/dev/null)
  if [[ $(jq -r .status <<<"$2" 2>/dev/null) != ready ]]; then
    broken "node $1" "not ready ($(jq -r .phase <<<"$2" 2>/dev/null)) ${down}" 'it takes no work: what it needs is named; its log'
  elif [[ -n $down ]]; then
    broken "node $1" "ready, but $down" 'parks and retrieves are refused'
  else
    ok "node $1" ready
  fi
}

# check_node_clock URL ITS-TIME BEFORE AFTER
check_node_clock() {
  local ahead=0
  if (($2 > $4)); then ahead=$(($2 - $4)); elif (($2 < $3)); then ahead=$(($2 - $3)); fi
  if ((${ahead#-} <= MOST_CLOCK_MILLIS)); then
    ok "node $1 clock" "within $((${ahead#-} + $4 - $3)) ms of ours"
  else
    warn "node $1 clock" "$ahead ms ahead of ours" 'chrony or ntpd: recalls go by the clock of Redis, but logs, tokens and certificates do not'
  fi
}

# compare_nodes COUNT LINES: what must be the same at all nodes.
compare_nodes() {
  local count=$1 lines=$2 members held shards
  compare_field 'nodes version' version warn 'finish the upgrade, or take it back' "$lines"
  compare_field 'nodes records' records warn 'older nodes leave the calls of newer ones alone (docs/adr/0020): finish the upgrade' "$lines"
  compare_field 'nodes shards' shards broken 'the same MOORING_SHARDS at all of them: stop those with the newer one' "$lines"
  members=$(jq -sc '[.[].members] | unique' <<<"$lines")
  if (($(jq length <<<"$members") > 1)); then
    broken 'nodes cluster' 'they do not see the same members' 'MOORING_CLUSTER_MEMBERS or _DNS, the port of the cluster, the network between them'
  elif (($(jq '.[0] | length' <<<"$members") != count)); then
    warn 'nodes cluster' "$(jq '.[0] | length' <<<"$members") members, and $count were looked at" 'give all nodes with --nodes; is one of another system among them?'
  else
    ok 'nodes cluster' "all see the same $count members"
  fi
  held=$(jq -s '[.[].shardsHeld] | add' <<<"$lines") shards=$(jq -s '.[0].shards' <<<"$lines")
  if ((held == shards)); then
    ok 'nodes shards held' "$held of $shards"
  else
    warn 'nodes shards held' "$held of $shards" 'for a second after a start or an end that is so; else see the alerts MooringShardsWithoutHolder and MooringShardsHeldTwice'
  fi
}

# compare_field CHECK FIELD warn|broken ADVICE LINES
compare_field() {
  local values
  values=$(jq -r ".$2" <<<"$5" | sort -u | paste -sd' ')
  if [[ $values != *' '* ]]; then ok "$1" "$values at all of them"; else "$3" "$1" "$values" "$4"; fi
}

# --- certificates ---

check_certificates() {
  local file
  for file in "$@"; do
    if [[ -r $file ]]; then check_expiry "certificate $file" <"$file"; else broken "certificate $file" 'cannot be read' 'its path and rights'; fi
  done
}

check_tls() {
  local address
  for address in "$@"; do
    check_expiry "TLS $address" < <(timeout "$DOCTOR_SECONDS" openssl s_client -connect "$address" -servername "${address%:*}" </dev/null 2>/dev/null)
  done
}

check_expiry() {
  local text until
  text=$(cat)
  if ! until=$(openssl x509 -noout -enddate <<<"$text" 2>/dev/null); then
    broken "$1" 'no certificate' 'what listens there? what is in the file?'
  elif ! openssl x509 -noout -checkend 0 <<<"$text" >/dev/null; then
    broken "$1" "expired: ${until#notAfter=}" 'renew it'
  elif ! openssl x509 -noout -checkend $((CERTIFICATE_DAYS * 86400)) <<<"$text" >/dev/null; then
    warn "$1" "until ${until#notAfter=}" 'renew it'
  else
    ok "$1" "until ${until#notAfter=}"
  fi
}
