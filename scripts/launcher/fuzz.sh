# shellcheck shell=bash
# ./mooring fuzz: the fuzz targets of the tests, for longer than the tests run them.

run_fuzz() {
  local seconds=60 target class method count=0
  local -a targets=() wanted=()
  while (($# > 0)); do
    case $1 in
      --seconds)
        [[ ${2:-} =~ ^[1-9][0-9]{0,5}$ ]] || usage_error '--seconds needs a number'
        seconds=$2
        shift
        ;;
      -*) usage_error "./mooring fuzz knows no option $1" ;;
      *) wanted+=("$1") ;;
    esac
    shift
  done
  mapfile -t targets < <(fuzz_targets)
  for target in "${wanted[@]}"; do
    [[ " ${targets[*]} " == *" $target "* ]] || usage_error "no target is called '$target'; there are: ${targets[*]}"
  done
  ((${#wanted[@]})) || wanted=("${targets[@]}")
  state_paths
  make_state_dir
  find_jdk
  build tests
  for target in "${wanted[@]}"; do
    class=$(cd "$ROOT/src/test/java" && find . -name "${target%%.*}.java")
    class=${class#./}
    class=${class%.java}
    method=${target#*.}
    progress "$target for $seconds s"
    fuzz_one "${class//\//.}" "$method" "$seconds" || fail "$target: the log is $LOGS/fuzz.log; what was found is in src/test/resources/${class}Inputs/$method"
    count=$((count + 1))
  done
  say "$count targets, $seconds s each: nothing found"
}

# Every target as Class.method.
fuzz_targets() {
  (cd "$ROOT/src/test/java" && grep -rl --include='*FuzzTest.java' '@FuzzTest' . | sort | while IFS= read -r file; do
    awk -v class="$(basename "$file" .java)" '/@FuzzTest/ { seen = 1 } seen && / void / { sub(/.* void /, ""); sub(/\(.*/, ""); print class "." $0; seen = 0 }' "$file"
  done)
}

# fuzz_one CLASS METHOD SECONDS
fuzz_one() {
  local classpath
  classpath=$ROOT/target/test-classes:$ROOT/target/classes:$(<"$ROOT/target/test.classpath")
  (cd "$ROOT" && "$JDK/bin/java" -Xmx512m -XX:+EnableDynamicAgentLoading --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow -cp "$classpath" com.code_intelligence.jazzer.Jazzer \
    --target_class="$1" --target_method="$2" --instrumentation_includes='io.mooring.**' \
    -max_total_time="$3" -timeout=10 -max_len=16384 -print_final_stats=1) >"$LOGS/fuzz.log" 2>&1
}
