# shellcheck shell=bash
# How each part is started and how it is asked whether it works.

LOOPBACK=127.0.0.1

start_part() {
  case $1 in
    redis) start_redis ;;
    rtpengine-redis) start_rtpengine_redis ;;
    rtpengine) start_rtpengine ;;
    kamailio) start_kamailio ;;
    node-*) start_node "${1#node-}" ;;
    *) usage_error "no part is called '$1' (parts: ${PARTS[*]})" ;;
  esac
}

start_redis() {
  local -a options
  read -ra options <<<"$MOORING_REDIS_OPTS"
  # The process title would overwrite the environment by which a part is recognised.
  start_process redis redis-server "$ROOT/redis/redis.conf" --bind "$LOOPBACK" --port "$MOORING_REDIS_PORT" \
    --dir "$STATE/redis" --daemonize no --set-proc-title no "${options[@]}"
}

# In memory alone: what rtpengine needs after its own restart, and the machine's would end the calls.
start_rtpengine_redis() {
  start_process rtpengine-redis redis-server "$ROOT/redis/redis.conf" --bind "$LOOPBACK" --port "$MOORING_RTPENGINE_REDIS_PORT" \
    --dir "$STATE/redis" --daemonize no --set-proc-title no --appendonly no --maxmemory 192mb
}

start_rtpengine() {
  local -a options kept=()
  local threads
  # Its own least of four threads of each kind get into each other's way on two cores (media/README.md).
  threads=$(nproc)
  read -ra options <<<"$MOORING_RTPENGINE_OPTS"
  # A stack that an older launcher started has no such setting.
  [[ -z ${MOORING_RTPENGINE_REDIS:-} ]] || kept=("--redis=$MOORING_RTPENGINE_REDIS")
  start_process rtpengine rtpengine --config-file="$ROOT/media/rtpengine.conf" --foreground --log-stderr \
    --interface="$MOORING_BIND" --listen-ng="$LOOPBACK:$MOORING_RTPENGINE_PORT" \
    --listen-http="$LOOPBACK:$MOORING_RTPENGINE_PORT" \
    --dtmf-log-dest="$LOOPBACK:$MOORING_DTMF_PORT" \
    --num-threads="$threads" --media-num-threads="$threads" "${kept[@]}" \
    --port-min="${MOORING_RTP_PORTS%-*}" --port-max="${MOORING_RTP_PORTS#*-}" "${options[@]}"
}

start_kamailio() {
  local i nodes=''
  local -a options
  read -ra options <<<"$MOORING_KAMAILIO_OPTS"
  for ((i = 1; i <= NODE_COUNT; i++)); do nodes+="${nodes:+,}http://$LOOPBACK:$(node_edge "$i")"; done
  # On one machine all phones are at one address, those of tests with wrong passwords and those of a benchmark too.
  start_process kamailio env -u MOORING_OPERATOR_TOKEN \
    MOORING_FLOOD_REQUESTS="${MOORING_FLOOD_REQUESTS:-0}" MOORING_GUESSES="${MOORING_GUESSES:-100000}" \
    MOORING_SOURCE_GUESSES="${MOORING_SOURCE_GUESSES:-100000}" \
    MOORING_EDGE_ID=edge-1 \
    MOORING_SIP_ADDRESS="$MOORING_BIND" MOORING_SIP_PORT="$MOORING_SIP_PORT" \
    MOORING_CONTROL_ADDRESS="$LOOPBACK" MOORING_CONTROL_PORT="$MOORING_CONTROL_PORT" \
    MOORING_NODES="${MOORING_NODES:-$nodes}" \
    MOORING_REDIS_HOST="$LOOPBACK" MOORING_REDIS_PORT="$MOORING_REDIS_PORT" \
    "$ROOT/scripts/launcher/run-kamailio" "$STATE" "${options[@]}"
}

# On two cores, a node that compiles with C2 takes both for minutes, and phones wait: C1 alone has a new node at 15 calls a
# second within 50 ms (p99), where it needs 130 ms and loses calls with C2 (docs/benchmarks.md).
node_jvm_options() {
  local cores
  cores=$(nproc)
  JVM_OPTIONS=("-Djdk.virtualThreadScheduler.parallelism=$((cores > 1 ? cores / 2 : 1))")
  if ((cores <= 2)); then JVM_OPTIONS+=(-XX:TieredStopAtLevel=1); fi
  JVM_OPTIONS+=(-XX:+UseSerialGC -XX:+UseTransparentHugePages -Xms64m "-Xmx$MOORING_NODE_HEAP" -XX:+ExitOnOutOfMemoryError
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
}

# start_node I [JVM option...]
start_node() {
  local i=$1 k members=''
  local -a options JVM_OPTIONS
  shift
  node_jvm_options
  # The JVM does not look whether the jar is the one that the cache was made of: it would run the classes of that one.
  if [[ -z $* && -z ${MOORING_JAR:-} ]] && aot_is_fresh; then JVM_OPTIONS+=("-XX:AOTCache=$AOT_CACHE" -Xlog:aot=off -Xlog:cds=off); fi
  read -ra options <<<"$MOORING_NODE_OPTS"
  for ((k = 1; k <= NODE_COUNT; k++)); do members+="${members:+,}$LOOPBACK:$(node_cluster "$k")"; done
  start_process "node-$i" env -u MOORING_EDGE_TOKEN -u MOORING_OPERATOR_TOKEN \
    MOORING_NODE="node-$i" \
    MOORING_EDGE_LISTEN="$LOOPBACK:$(node_edge "$i")" \
    MOORING_EDGE_TOKEN_FILE="$EDGE_TOKEN_FILE" \
    MOORING_API_LISTEN="$MOORING_BIND:$(node_api "$i")" \
    MOORING_OPERATOR_TOKEN_FILE="$OPERATOR_TOKEN_FILE" \
    MOORING_ADMIN_LISTEN="$LOOPBACK:$(node_admin "$i")" \
    MOORING_REDIS="${MOORING_REDIS:-redis://$LOOPBACK:$MOORING_REDIS_PORT}" \
    MOORING_RTPENGINE="$LOOPBACK:$MOORING_RTPENGINE_PORT" \
    MOORING_RTPENGINE_HTTP="http://$LOOPBACK:$MOORING_RTPENGINE_PORT" \
    MOORING_DTMF_LISTEN="$LOOPBACK:$MOORING_DTMF_PORT" \
    MOORING_MUSIC_FILE="$MOORING_MUSIC_FILE" MOORING_SOUND_DIR="${MOORING_SOUND_DIR-$STATE/sounds}" \
    MOORING_CLUSTER_LISTEN="$LOOPBACK:$(node_cluster "$i")" \
    MOORING_CLUSTER_MEMBERS="$members" \
    MOORING_LOG_LEVEL="$MOORING_LOG_LEVEL" \
    MOORING_DRAIN_SECONDS="$MOORING_DRAIN_SECONDS" \
    "$JDK/bin/java" "${JVM_OPTIONS[@]}" "$@" "${options[@]}" -jar "${MOORING_JAR:-$JAR}"
}

# Every port that a stack listens on, in the form that check_ports takes.
wanted_ports() {
  local i
  printf '%s\n' "udp $MOORING_BIND $MOORING_SIP_PORT MOORING_SIP_PORT" \
    "tcp $MOORING_BIND $MOORING_SIP_PORT MOORING_SIP_PORT" \
    "tcp $LOOPBACK $MOORING_CONTROL_PORT MOORING_CONTROL_PORT" \
    "tcp $LOOPBACK $MOORING_REDIS_PORT MOORING_REDIS_PORT" \
    "udp $LOOPBACK $MOORING_RTPENGINE_PORT MOORING_RTPENGINE_PORT" \
    "tcp $LOOPBACK $MOORING_RTPENGINE_PORT MOORING_RTPENGINE_PORT" \
    "udp $LOOPBACK $MOORING_DTMF_PORT MOORING_DTMF_PORT"
  if brings_rtpengine_redis; then
    printf '%s\n' "tcp $LOOPBACK $MOORING_RTPENGINE_REDIS_PORT MOORING_RTPENGINE_REDIS_PORT"
  fi
  for ((i = 1; i <= NODE_COUNT; i++)); do
    printf '%s\n' "tcp $MOORING_BIND $(node_api "$i") MOORING_HTTP_PORT" \
      "tcp $LOOPBACK $(node_edge "$i") MOORING_HTTP_PORT" \
      "tcp $LOOPBACK $(node_admin "$i") MOORING_HTTP_PORT" \
      "tcp $LOOPBACK $(node_cluster "$i") MOORING_HTTP_PORT"
  done
}

# The port a person would connect to, for the status table.
part_port() {
  case $1 in
    redis) printf '%s' "$MOORING_REDIS_PORT" ;;
    rtpengine-redis) printf '%s' "$MOORING_RTPENGINE_REDIS_PORT" ;;
    rtpengine) printf '%s' "$MOORING_RTPENGINE_PORT" ;;
    kamailio) printf '%s' "$MOORING_SIP_PORT" ;;
    node-*) node_api "${1#node-}" ;;
  esac
}

# is_healthy PART: the part does its work, asked over the network and answered within a second.
is_healthy() {
  case $1 in
    redis | rtpengine-redis) [[ $(ask_tcp "$LOOPBACK" "$(part_port "$1")" $'PING\r\n') == +PONG* ]] ;;
    rtpengine) http_ok "$LOOPBACK" "$MOORING_RTPENGINE_PORT" /ping ;;
    kamailio) sip_answers tcp && sip_answers udp ;;
    node-*) http_ok "$LOOPBACK" "$(node_admin "${1#node-}")" /readyz ;;
  esac 2>/dev/null
}

# ask_tcp HOST PORT TEXT: the first line of the answer.
ask_tcp() {
  local line='' fd
  exec {fd}<>"/dev/tcp/$1/$2" || return 1
  printf '%s' "$3" >&"$fd" || true
  IFS= read -r -t 1 line <&"$fd" || true
  exec {fd}>&-
  printf '%s' "$line"
}

http_ok() {
  local line
  line=$(ask_tcp "$1" "$2" "GET $3 HTTP/1.1"$'\r\n'"Host: $1:$2"$'\r\n'"Connection: close"$'\r\n\r\n') && [[ $line == 'HTTP/1.1 2'* ]]
}

# Any SIP reply to OPTIONS means that Kamailio reads from that socket.
sip_answers() {
  local transport=$1 id="ping-$RANDOM$RANDOM" request line='' fd
  request="OPTIONS sip:$MOORING_BIND:$MOORING_SIP_PORT SIP/2.0"$'\r\n'
  request+="Via: SIP/2.0/${transport^^} $MOORING_BIND;rport;branch=z9hG4bK$id"$'\r\n'
  request+="From: <sip:launcher@$MOORING_BIND>;tag=$id"$'\r\n'"To: <sip:$MOORING_BIND>"$'\r\n'
  request+="Call-ID: $id"$'\r\n'"CSeq: 1 OPTIONS"$'\r\n'"Max-Forwards: 5"$'\r\n'"Content-Length: 0"$'\r\n\r\n'
  if [[ $transport == tcp ]]; then
    line=$(ask_tcp "$MOORING_BIND" "$MOORING_SIP_PORT" "$request") || return 1
  else
    exec {fd}<>"/dev/udp/$MOORING_BIND/$MOORING_SIP_PORT" || return 1
    printf '%s' "$request" | dd bs=4096 count=1 >&"$fd" || true
    # bash reads byte by byte, which would throw the rest of a datagram away.
    line=$(timeout 1 dd bs=4096 count=1 <&"$fd" | head -n 1) || true
    exec {fd}>&-
  fi
  [[ $line == 'SIP/2.0 '* ]]
}
