# shellcheck shell=bash
# ./mooring doctor: looks at an installation and says what is wrong with it, and what to do. The checks are in doctor-checks.sh; each of them
# reports what it has looked at and nothing else.

DOCTOR_FINDINGS=()
DOCTOR_WORST=ok
# Exit status for a command line that cannot be understood: 1 and 2 are findings.
DOCTOR_USAGE=64

doctor_usage() {
  printf 'mooring: %s\n' "$*" >&2
  exit "$DOCTOR_USAGE"
}

# ok|warn|broken CHECK WHAT-WAS-FOUND [WHAT-TO-DO]
ok() { doctor_finding ok "$@"; }
warn() {
  [[ $DOCTOR_WORST == broken ]] || DOCTOR_WORST=warnings
  doctor_finding warning "$@"
}
broken() {
  DOCTOR_WORST=broken
  doctor_finding broken "$@"
}

doctor_finding() {
  local IFS=$'\x1f'
  DOCTOR_FINDINGS+=("$1"$'\x1f'"$2"$'\x1f'"${3//[[:cntrl:]]/ }"$'\x1f'"${4:-}")
}

run_doctor() {
  local json=no local_stack=no option
  local -a nodes=() redis=() sentinels=() edges=() sip=() rtpengine=() certificates=() tls=() settings=()
  local edge_token_file=${MOORING_EDGE_TOKEN_FILE:-} rtp_ports=''
  while (($#)); do
    option=$1
    shift
    case $option in
      --json) json=yes ;;
      --nodes | --redis | --sentinels | --edges | --sip | --rtpengine | --rtp-ports | --edge-token-file | --certificates | --tls | --settings)
        (($#)) || doctor_usage "$option needs a value; see ./mooring doctor --help"
        doctor_option "$option" "$1"
        shift
        ;;
      --*=*) doctor_option "${option%%=*}" "${option#*=}" ;;
      *) doctor_usage "doctor does not know '$option'; see ./mooring doctor --help" ;;
    esac
  done
  # What fails is what this is about.
  set +e
  state_paths
  if ((${#nodes[@]} + ${#redis[@]} + ${#sentinels[@]} + ${#edges[@]} + ${#sip[@]} + ${#rtpengine[@]} + ${#certificates[@]} + ${#tls[@]} + ${#settings[@]} == 0)); then
    local_stack=yes
  fi
  check_tools "$local_stack"
  if [[ $local_stack == yes ]]; then doctor_of_local_stack; fi
  check_machine
  check_settings_files "${settings[@]}"
  check_redis_servers "${redis[@]}"
  check_sentinels "${sentinels[@]}"
  check_rtpengines "${rtpengine[@]}"
  check_edges "${edges[@]}"
  check_sip "${sip[@]}"
  check_nodes "${nodes[@]}"
  check_certificates "${certificates[@]}"
  check_tls "${tls[@]}"
  doctor_report "$json"
  case $DOCTOR_WORST in
    ok) return 0 ;;
    warnings) return 1 ;;
    *) return 2 ;;
  esac
}

# The arrays are those of run_doctor.
# shellcheck disable=SC2034
doctor_option() {
  local -a values
  IFS=, read -ra values <<<"$2"
  case $1 in
    --nodes) nodes=("${values[@]}") ;;
    --redis) redis=("${values[@]}") ;;
    --sentinels) sentinels=("${values[@]}") ;;
    --edges) edges=("${values[@]}") ;;
    --sip) sip=("${values[@]}") ;;
    --rtpengine) rtpengine=("${values[@]}") ;;
    --rtp-ports) rtp_ports=$2 ;;
    --edge-token-file) edge_token_file=$2 ;;
    --certificates) certificates=("${values[@]}") ;;
    --tls) tls=("${values[@]}") ;;
    --settings) settings=("${values[@]}") ;;
    *) doctor_usage "doctor does not know '$1'; see ./mooring doctor --help" ;;
  esac
}

# The stack of this folder, as it was started; when none is up, whether one could be.
# shellcheck disable=SC2034
doctor_of_local_stack() {
  local part i state
  if ! (load_settings) 2>/dev/null; then
    check_that_a_stack_could_start
    return
  fi
  load_settings
  for part in "${PARTS[@]}"; do
    state=$(part_state "$part")
    if [[ $state == running ]]; then
      ok "process $part" running
    else
      broken "process $part" "$state" "its log: $LOGS/$part.log; then ./mooring part start $part"
    fi
  done
  for ((i = 1; i <= NODE_COUNT; i++)); do nodes+=("http://$LOOPBACK:$(node_admin "$i")"); done
  if [[ -n ${MOORING_REDIS_SENTINELS:-} ]]; then
    IFS=, read -ra sentinels <<<"$MOORING_REDIS_SENTINELS"
    IFS=, read -ra redis <<<"${MOORING_REDIS_SERVERS:-}"
  else
    redis=("$LOOPBACK:$MOORING_REDIS_PORT")
  fi
  edges=("http://$LOOPBACK:$MOORING_CONTROL_PORT")
  sip=("$MOORING_BIND:$MOORING_SIP_PORT")
  rtpengine=("$LOOPBACK:$MOORING_RTPENGINE_PORT")
  rtp_ports=$MOORING_RTP_PORTS
  edge_token_file=${edge_token_file:-$EDGE_TOKEN_FILE}
}

doctor_report() {
  local finding level check found advice colour
  if [[ $1 == yes ]]; then
    printf '%s\n' "${DOCTOR_FINDINGS[@]}" | jq -Rn --arg status "$DOCTOR_WORST" \
      '{status: $status, checks: [inputs | split("\u001f") | {level: .[0], check: .[1], found: .[2], advice: .[3]}]}'
    return
  fi
  for finding in "${DOCTOR_FINDINGS[@]}"; do
    IFS=$'\x1f' read -r level check found advice <<<"$finding"
    case $level in
      ok) colour=$GREEN ;;
      *) colour=$RED ;;
    esac
    printf '%s%-8s%s %-34s %s\n' "$colour" "$level" "$PLAIN" "$check" "$found"
    [[ -z $advice ]] || printf '%-8s %-34s %s-> %s%s\n' '' '' "$BOLD" "$advice" "$PLAIN"
  done
  printf '\n%d checks: %s\n' "${#DOCTOR_FINDINGS[@]}" "$DOCTOR_WORST"
}
