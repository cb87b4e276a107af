# shellcheck shell=bash
# Processes of a stack. A record holds process id, start time and boot id, so that a recycled id is never taken for ours.
# Each part leads a session of its own, which also holds its children.

# proc_stat PID: sets STAT_STATE and STAT_START; fails when there is no such process.
proc_stat() {
  local line fields
  { IFS= read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  read -ra fields <<<"${line##*) }"
  STAT_STATE=${fields[0]} STAT_START=${fields[19]}
}

BOOT_ID=$(</proc/sys/kernel/random/boot_id)

# start_process PART COMMAND...: detached, its output in the part's log.
start_process() {
  local part=$1 log=$LOGS/$1.log
  shift
  [[ -s $log ]] && mv -f "$log" "$log.old"
  (
    # The launcher's lock and pipes are not the part's business.
    exec {LOCK_FD}>&- </dev/null >"$log" 2>&1
    trap - EXIT INT TERM
    export MOORING_PART_ID=$STACK_ID/$part
    exec setsid "$@"
  ) &
  local pid=$!
  proc_stat "$pid" || STAT_START=0
  printf '%s %s %s\n' "$pid" "$STAT_START" "$BOOT_ID" >"$RUN/$part.pid"
  disown "$pid" 2>/dev/null || true
}

# read_record PART: sets RECORD_PID and RECORD_START; fails when there is none of this boot.
read_record() {
  local boot=''
  RECORD_PID='' RECORD_START=''
  { read -r RECORD_PID RECORD_START boot <"$RUN/$1.pid"; } 2>/dev/null || return 1
  [[ $RECORD_PID =~ ^[0-9]+$ && $boot == "$BOOT_ID" ]]
}

# The part's first process is there, and is the one we started.
is_alive() {
  read_record "$1" && proc_stat "$RECORD_PID" && [[ $STAT_START == "$RECORD_START" && $STAT_STATE != Z ]]
}

# All processes of a part, those included that outlived its first process.
part_pids() {
  local part=$1 pid leader=no
  read_record "$part" || return 0
  proc_stat "$RECORD_PID" && [[ $STAT_START == "$RECORD_START" ]] && leader=yes
  while read -r pid; do
    proc_stat "$pid" || continue
    [[ $STAT_STATE != Z ]] || continue
    if [[ $leader == yes ]] || carries_id "$pid" "$part"; then
      printf '%s\n' "$pid"
    fi
  done < <(ps -o pid= -s "$RECORD_PID" 2>/dev/null || true)
}

# carries_id PID PART: the process was started by this stack as this part, says its environment.
carries_id() {
  local pair
  while IFS= read -r -d '' pair; do
    [[ $pair == "MOORING_PART_ID=$STACK_ID/$2" ]] && return 0
  done 2>/dev/null <"/proc/$1/environ"
  return 1
}

signal_part() {
  local signal=$1 part=$2
  local -a pids
  mapfile -t pids < <(part_pids "$part")
  ((${#pids[@]} == 0)) || kill "-$signal" "${pids[@]}" 2>/dev/null || true
}

# stop_parts SECONDS PART...: asks, waits, kills, and forgets the records.
stop_parts() {
  local seconds=$1 part deadline
  shift
  deadline=$(($(now_millis) + seconds * 1000))
  for part in "$@"; do
    is_alive "$part" || continue
    kill -TERM "$RECORD_PID" 2>/dev/null || true
    # A frozen process has to wake up to hear the signal.
    signal_part CONT "$part"
  done
  for part in "$@"; do
    while is_alive "$part" && (($(now_millis) < deadline)); do sleep 0.05; done
    kill_part "$part"
    rm -f "$RUN/$part.pid"
  done
}

kill_part() {
  local part=$1 tries=0
  while [[ -n $(part_pids "$part") ]] && ((tries++ < 40)); do
    signal_part KILL "$part"
    sleep 0.05
  done
}

# Listening sockets as "proto address port process", read once.
listening_sockets() {
  ss -Hlntup 2>/dev/null | awk '{
    n = split($5, a, ":"); port = a[n]; address = substr($5, 1, length($5) - length(port) - 1)
    sub(/%.*/, "", address); gsub(/[\[\]]/, "", address); sub(/^::ffff:/, "", address)
    who = ""; if (match($0, /\(\("[^"]+",pid=[0-9]+/)) { who = substr($0, RSTART + 3, RLENGTH - 3); sub(/",pid=/, " ", who) }
    print $1, address, port, who
  }'
}

# check_ports "PROTO ADDRESS PORT SETTING"...: fails at the first port that somebody else listens on.
check_ports() {
  local sockets want proto address port setting s_proto s_address s_port who
  sockets=$(listening_sockets)
  for want in "$@"; do
    read -r proto address port setting <<<"$want"
    while read -r s_proto s_address s_port who; do
      [[ $s_proto == "$proto" && $s_port == "$port" ]] || continue
      case $s_address in
        "$address" | 0.0.0.0 | '*' | ::) ;;
        *) continue ;;
      esac
      fail "port $port/$proto is in use${who:+ by ${who% *} (pid ${who##* })}; $setting chooses another"
    done <<<"$sockets"
  done
}

# Two rtpengines bind the same port without a word, and the calls of one get the media of the other: fails when another one has
# some of ours. One in another network namespace has ports of its own.
check_rtp_ports() {
  local pid command low high ours
  ours=$(readlink /proc/self/ns/net)
  for pid in $(pgrep -x rtpengine); do
    [[ $(readlink "/proc/$pid/ns/net" 2>/dev/null || printf '%s' "$ours") == "$ours" ]] || continue
    command=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || continue
    [[ -n $command ]] || continue # It is ending.
    [[ $command =~ --port-min[=\ ]([0-9]+) ]] && low=${BASH_REMATCH[1]} || low=30000
    [[ $command =~ --port-max[=\ ]([0-9]+) ]] && high=${BASH_REMATCH[1]} || high=40000
    if ((low <= ${MOORING_RTP_PORTS#*-} && high >= ${MOORING_RTP_PORTS%-*})); then
      fail "RTP ports $low-$high are in use by rtpengine (pid $pid), and we want $MOORING_RTP_PORTS; MOORING_RTP_PORTS chooses others"
    fi
  done
}
