# shellcheck shell=bash
# The settings of a stack: from the environment when it comes up, from its state folder afterwards.

DEMO_TENANT=acme.example
DEMO_TRUNK=demo-trunk
DEMO_TRUNK_ADDRESS=127.0.0.2

declare -a PARTS=()

# Fills every MOORING_* setting that is not given, and checks what is given.
default_settings() {
  : "${MOORING_BIND:=127.0.0.1}"
  : "${MOORING_SIP_PORT:=5060}"
  : "${MOORING_HTTP_PORT:=8080}"
  : "${MOORING_REDIS_PORT:=$((MOORING_HTTP_PORT + 4))}"
  : "${MOORING_RTPENGINE_PORT:=$((MOORING_HTTP_PORT + 5))}"
  : "${MOORING_CONTROL_PORT:=$((MOORING_HTTP_PORT + 6))}"
  : "${MOORING_DTMF_PORT:=$((MOORING_HTTP_PORT + 7))}"
  : "${MOORING_RTP_PORTS:=30000-39999}"
  : "${MOORING_MUSIC_FILE:=$ROOT/media/music.wav}"
  : "${MOORING_LOG_LEVEL:=INFO}"
  : "${MOORING_NODE_HEAP:=256m}"
  : "${MOORING_AOT:=on}"
  : "${MOORING_NODE_OPTS:=}"
  : "${MOORING_KAMAILIO_OPTS:=}"
  : "${MOORING_RTPENGINE_OPTS:=}"
  : "${MOORING_REDIS_OPTS:=}"
  : "${MOORING_RTPENGINE_REDIS_PORT:=$((MOORING_HTTP_PORT + 8))}"
  # Its own, in memory, unless another is named; empty: rtpengine keeps nothing over a restart.
  MOORING_RTPENGINE_REDIS=${MOORING_RTPENGINE_REDIS-$(own_rtpengine_redis)}
  : "${MOORING_UP_SECONDS:=60}"
  : "${MOORING_DRAIN_SECONDS:=10}"
  check_settings
}

check_settings() {
  local name
  for name in SIP HTTP REDIS RTPENGINE RTPENGINE_REDIS DTMF CONTROL; do
    name=MOORING_${name}_PORT
    is_number "${!name}" 1 65535 || fail "$name must be a port number, not '${!name}'"
  done
  is_number "$NODE_COUNT" 1 8 || fail "the number of nodes must be 1 to 8, not '$NODE_COUNT'"
  is_number "$MOORING_UP_SECONDS" 1 3600 || fail "MOORING_UP_SECONDS must be 1 to 3600, not '$MOORING_UP_SECONDS'"
  is_number "$MOORING_DRAIN_SECONDS" 0 3600 || fail "MOORING_DRAIN_SECONDS must be 0 to 3600, not '$MOORING_DRAIN_SECONDS'"
  is_number "$((MOORING_HTTP_PORT + 10 * NODE_COUNT))" 1 65535 ||
    fail "MOORING_HTTP_PORT=$MOORING_HTTP_PORT leaves no room for $NODE_COUNT nodes"
  if ! { is_number "${MOORING_RTP_PORTS%-*}" 1024 65535 && is_number "${MOORING_RTP_PORTS#*-}" "${MOORING_RTP_PORTS%-*}" 65535; }; then
    fail "MOORING_RTP_PORTS must be a range such as 30000-39999, not '$MOORING_RTP_PORTS'"
  fi
  # The address goes into SDP and Contact, where 0.0.0.0 would mean nothing.
  [[ $MOORING_BIND =~ ^[0-9]{1,3}(\.[0-9]{1,3}){3}$ && $MOORING_BIND != 0.0.0.0 ]] ||
    fail "MOORING_BIND must be one IPv4 address of this machine, not '$MOORING_BIND'"
  [[ $MOORING_LOG_LEVEL =~ ^(TRACE|DEBUG|INFO|WARN|ERROR)$ ]] ||
    fail "MOORING_LOG_LEVEL must be TRACE, DEBUG, INFO, WARN or ERROR, not '$MOORING_LOG_LEVEL'"
  [[ $MOORING_AOT =~ ^(on|off)$ ]] || fail "MOORING_AOT must be on or off, not '$MOORING_AOT'"
  [[ -r $MOORING_MUSIC_FILE ]] || fail "MOORING_MUSIC_FILE: cannot read $MOORING_MUSIC_FILE"
}

# rtpengine's sessions go to the Redis that the stack brings for them, and not to one that somebody named.
own_rtpengine_redis() { printf '127.0.0.1:%s/0' "$MOORING_RTPENGINE_REDIS_PORT"; }
brings_rtpengine_redis() { [[ ${MOORING_RTPENGINE_REDIS:-} == 127.0.0.1:${MOORING_RTPENGINE_REDIS_PORT:-none}/0 ]]; }

# is_number TEXT LEAST MOST
is_number() { [[ $1 =~ ^[0-9]{1,9}$ ]] && ((10#$1 >= $2 && 10#$1 <= $3)); }

# Where a stack keeps everything: logs, process records, tokens, Redis data.
state_paths() {
  STATE=${MOORING_STATE_DIR:-$ROOT/.mooring}
  [[ $STATE == /* ]] || STATE=$PWD/$STATE
  RUN=$STATE/run LOGS=$STATE/log STACK_JSON=$STATE/stack.json
  OPERATOR_TOKEN_FILE=$STATE/operator-token EDGE_TOKEN_FILE=$STATE/edge-token
}

make_state_dir() {
  # Kamailio keeps a Unix socket here, whose path is limited, and refuses unusual characters.
  ((${#STATE} <= 85)) || fail "the path of the state folder is too long (85 characters at most): $STATE"
  [[ $STATE =~ ^[A-Za-z0-9._/-]+$ ]] || fail "the path of the state folder may hold letters, digits, . _ - and / only: $STATE"
  if ! { mkdir -p "$RUN" "$LOGS" "$STATE/redis" "$STATE/kamailio" && chmod 700 "$STATE" && [[ -w $LOGS && -w $RUN ]]; } 2>/dev/null; then
    fail "cannot write to $STATE (MOORING_STATE_DIR chooses another folder)"
  fi
}

list_parts() {
  local i
  # In the order in which they are started.
  PARTS=(redis)
  if brings_rtpengine_redis; then PARTS+=(rtpengine-redis); fi
  PARTS+=(rtpengine kamailio)
  for ((i = 1; i <= NODE_COUNT; i++)); do PARTS+=("node-$i"); done
}

# The settings that a running stack was started with: `part start` must use the same.
save_settings() {
  local name
  {
    for name in $(compgen -v MOORING_); do
      case $name in
        MOORING_STATE_DIR | MOORING_OPERATOR_TOKEN | MOORING_EDGE_TOKEN) ;;
        *) printf 'export %s=%q\n' "$name" "${!name}" ;;
      esac
    done
    printf 'STACK_ID=%q\nNODE_COUNT=%q\n' "$STACK_ID" "$NODE_COUNT"
  } >"$RUN/settings"
}

load_settings() {
  [[ -r $RUN/settings ]] || return 1
  # shellcheck source=/dev/null
  source "$RUN/settings"
  list_parts
}

node_port() { printf '%s' "$((MOORING_HTTP_PORT + 10 * ($1 - 1) + $2))"; }
node_api() { node_port "$1" 0; }
node_edge() { node_port "$1" 1; }
node_admin() { node_port "$1" 2; }
node_cluster() { node_port "$1" 3; }

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# A token is given, kept from last time, or made; only its owner may read it.
token_file() {
  local file=$1 given=$2
  (
    umask 077
    if [[ -n $given ]]; then
      printf '%s\n' "$given" >"$file"
    elif [[ ! -s $file ]]; then
      printf '%s\n' "$(random_hex 24)" >"$file"
    fi
  )
  chmod 600 "$file"
}
