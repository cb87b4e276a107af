# shellcheck shell=bash
# demo, bench and test.

run_demo() {
  prepare_lab 'mooring demo' "${PACKAGES_DEMO[@]}"
  if is_up; then
    run_lab io.mooring.lab.Demo "$STACK_JSON" "$@"
  else
    on_own_stack demo 2
    run_lab io.mooring.lab.Demo "$STACK_JSON" "$@"
  fi
}

# Always on a stack of its own: what else runs on a stack would be measured too.
run_bench() {
  # The figures alone go to standard output.
  prepare_lab 'mooring bench' "${PACKAGES_BENCH[@]}" >&2
  # Four ports a call: enough for 8,000.
  : "${MOORING_RTP_PORTS:=30000-63999}"
  export MOORING_RTP_PORTS
  on_own_stack bench 2 >&2
  if [[ ${1:-} == api ]]; then
    shift
    run_lab io.mooring.lab.ApiBench "$STACK_JSON" "$@"
  elif [[ ${1:-} == recall ]]; then
    shift
    run_lab io.mooring.lab.RecallBench "$STACK_JSON" "$@"
  elif [[ ${1:-} == capacity ]]; then
    shift
    run_lab io.mooring.lab.CapacityBench "$STACK_JSON" "$@"
  elif [[ ${1:-} == lamps ]]; then
    shift
    run_lab io.mooring.lab.LampBench "$STACK_JSON" "$@"
  elif [[ ${1:-} == overload ]]; then
    shift
    run_lab io.mooring.lab.OverloadBench "$STACK_JSON" "$@"
  else
    run_lab io.mooring.lab.Bench "$STACK_JSON" "$@"
  fi
}

# prepare_lab WHAT-FOR PACKAGE...
prepare_lab() {
  state_paths
  make_state_dir
  need_packages "$@"
  find_jdk
  build tests
}

is_up() { (load_settings && all_alive) 2>/dev/null; }

# on_own_stack NAME COUNT: a stack on free ports, which ends when the launcher does. Sets STACK_JSON.
on_own_stack() {
  local name=$1 node_count=$2
  free_ports "$node_count"
  OWN_STATE=$(mktemp -d "$STATE/$name.XXXXXX")
  export MOORING_STATE_DIR=$OWN_STATE
  trap 'leave_own_stack' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  progress "starting a stack of its own"
  "$ROOT/mooring" up --nodes "$node_count" --json >"$OWN_STATE/up.json" 2>"$OWN_STATE/up.log" || {
    tail -n 1 "$OWN_STATE/up.log" >&2
    exit 1
  }
  STACK_JSON=$OWN_STATE/stack.json
}

leave_own_stack() {
  local status=$?
  trap - EXIT INT TERM HUP
  "$ROOT/mooring" down >/dev/null || status=1
  # The logs of a run that failed are worth keeping.
  if ((status == 0)); then rm -rf "$OWN_STATE"; else printf 'mooring: the logs are in %s\n' "$OWN_STATE/log" >&2; fi
  exit "$status"
}

# Sets and exports MOORING_SIP_PORT, MOORING_HTTP_PORT and, when it is not set, MOORING_RTP_PORTS so that nobody listens where the
# stack will.
free_ports() {
  local tries base
  local -a ports
  NODE_COUNT=$1
  free_rtp_ports
  unset MOORING_REDIS_PORT MOORING_RTPENGINE_PORT MOORING_RTPENGINE_REDIS_PORT MOORING_CONTROL_PORT MOORING_DTMF_PORT
  for ((tries = 0; tries < 50; tries++)); do
    base=$((20000 + RANDOM % 90 * 100))
    mapfile -t ports < <(MOORING_SIP_PORT=$((base + 95)) MOORING_HTTP_PORT=$base && default_settings && wanted_ports)
    if (check_ports "${ports[@]}") 2>/dev/null; then
      export MOORING_SIP_PORT=$((base + 95)) MOORING_HTTP_PORT=$base
      return 0
    fi
  done
  fail "found no free ports from 20000 to 29000"
}

free_rtp_ports() {
  local first
  [[ -z ${MOORING_RTP_PORTS:-} ]] || return 0
  for ((first = 30000; first < 62000; first += 2000)); do
    export MOORING_RTP_PORTS=$first-$((first + 1999))
    if (check_rtp_ports) 2>/dev/null; then return 0; fi
  done
  fail "found no free RTP ports from 30000 to 61999"
}

# run_lab CLASS STACK-JSON OPTION...
run_lab() {
  local main=$1 description=$2 classpath
  shift 2
  classpath=$ROOT/target/classes:$ROOT/target/test-classes:$(<"$ROOT/target/test.classpath")
  "$JDK/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -cp "$classpath" "$main" --stack "$description" "$@"
}

run_tests() {
  local log status=0 scripts faults='' kind
  local -a options=()
  while (($#)); do
    case $1 in
      # The fault suite alone, longer than among all tests.
      --faults)
        faults=$ROOT/target/faults.tsv
        options+=(-Dtest=ArchitectureTest "-Dit.test=$FAULT_TESTS" -Dsurefire.failIfNoSpecifiedTests=false -Dit.forks=1
          "-Dmooring.faults.rounds=${MOORING_FAULT_ROUNDS:-5}" "-Dmooring.faults.seconds=${MOORING_FAULT_SECONDS:-20}"
          "-Dmooring.faults.table=$faults")
        ;;
      # What uses Redis, on another kind of it.
      --redis | --redis=*)
        if [[ $1 == --redis ]]; then
          (($# > 1)) || usage_error "--redis needs a kind"
          shift
          kind=$1
        else
          kind=${1#*=}
        fi
        [[ $kind =~ ^(standalone|sentinel|cluster)$ ]] || usage_error "--redis must be standalone, sentinel or cluster, not '$kind'"
        options+=(-Dtest=ArchitectureTest "-Dit.test=$REDIS_TESTS" -Dsurefire.failIfNoSpecifiedTests=false "-Dmooring.redis=$kind")
        ;;
      *) options+=("$1") ;;
    esac
    shift
  done
  state_paths
  make_state_dir
  need_packages 'mooring test' "${PACKAGES_TEST[@]}"
  find_jdk
  command -v mvn >/dev/null || fail "Maven is missing (mvn is not on the PATH): apt-get install maven"
  log=$LOGS/test.log
  mapfile -t scripts < <(shell_scripts)
  shellcheck -x -a "${scripts[@]}" || fail "shellcheck found mistakes"
  [[ -z $faults ]] || rm -f "$faults"
  (cd "$ROOT" && JAVA_HOME=$JDK mvn -B verify "${options[@]}") 2>&1 | tee "$log" || status=$?
  say "shellcheck: ${#scripts[@]} scripts without a finding"
  grep -E '^\[(INFO|WARNING|ERROR)\] +Tests run: [0-9]+, Failures: [0-9]+, Errors: [0-9]+, Skipped: [0-9]+ *$' "$log" || true
  [[ ! -s $faults ]] || fault_table "$faults"
  return "$status"
}

# The suites of what is kept in Redis, and of calls.
REDIS_TESTS=CallStoreIT,CallEventsIT,DueTimesIT,PlacesIT,RedisClockIT,RingingInvitesIT,TenantStoreIT,WatchStoreIT
REDIS_TESTS+=,EventRouterIT,InterleavingsIT,RetrieveRacesIT,PinIT,TwiceAtOnceIT,TakenByWhomIT,EveryEventInEveryStateIT,LampsIT,WebhookIT
REDIS_TESTS+=,ParkIT,RetrieveRaceIT,RecallIT,PlacesAndPoliciesIT,LampIT,CallControlIT,IsolationIT,WebhookCallsIT

FAULT_TESTS=FaultsIT,RedisFailoverIT,RedisClusterFailoverIT,RedisSplitIT,ClockIT,SlowHttpIT,SplitIT

# fault_table FILE: what the runs of the fault suite have noted, one line for each fault.
fault_table() {
  awk -F'\t' '
    !($1 in rounds) { order[++faults] = $1 }
    { rounds[$1]++; parks[$1] += $2; lost[$1] += $3; twice[$1] += $4; stuck[$1] += $6; if ($5 > gap[$1]) gap[$1] = $5 }
    END {
      printf "%-62s %6s %7s %5s %5s %5s %12s\n", "fault", "rounds", "parked", "lost", "twice", "stuck", "worst gap ms"
      for (i = 1; i <= faults; i++) {
        f = order[i]
        printf "%-62s %6d %7d %5d %5d %5d %12d\n", f, rounds[f], parks[f], lost[f], twice[f], stuck[f], gap[f]
      }
    }' "$1"
}

# Every script of the project that is run by itself; shellcheck follows what they source.
shell_scripts() {
  (cd "$ROOT" && grep -rlE -m1 '^#!.*bash' mooring .ci bin scripts kamailio media redis k8s 2>/dev/null) | sed "s|^|$ROOT/|" | sort
}
