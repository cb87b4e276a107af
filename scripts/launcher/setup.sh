# shellcheck shell=bash
# What must be on the machine before anything starts: Debian packages, a JDK, the built jar.

JAR=$ROOT/target/mooring.jar
AOT_CACHE=$ROOT/target/mooring.aot
LEAST_JAVA=25

PACKAGES_UP=(kamailio kamailio-extra-modules kamailio-json-modules kamailio-redis-modules
  kamailio-sqlite-modules kamailio-tls-modules kamailio-utils-modules rtpengine-daemon redis-server redis-tools sqlite3 curl jq iproute2 procps)
PACKAGES_DEMO=("${PACKAGES_UP[@]}" sip-tester)
PACKAGES_BENCH=("${PACKAGES_DEMO[@]}")
PACKAGES_TEST=("${PACKAGES_DEMO[@]}" baresip-core chromium chromium-driver
  fonts-wqy-microhei iptables libfaketime openssl prometheus shellcheck sox stunnel4)
# Any kubectl builds the manifests; Debian's cannot be installed beside that of another packager.
command -v kubectl >/dev/null || PACKAGES_TEST+=(kubernetes-client)

# need_packages WHAT-FOR PACKAGE...
need_packages() {
  local purpose=$1 package status
  local -A installed=()
  local -a missing=()
  shift
  command -v dpkg-query >/dev/null || fail "this is not Debian: the set-up knows Debian 12 only (no dpkg-query)"
  while read -r status package; do
    [[ $status == ii ]] && installed[$package]=yes
  done < <(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    [[ -n ${installed[$package]:-} ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    fail "'$purpose' needs Debian packages: sudo apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  install_packages "${missing[@]}"
}

# Installs without letting Debian start the packaged services: the launcher runs its own.
install_packages() {
  local log=$STATE/log/apt-get.log policy=/usr/sbin/policy-rc.d ours=no status=0
  progress "installing ${*}"
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    ours=yes
  fi
  local -a install=(apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@")
  export DEBIAN_FRONTEND=noninteractive
  "${install[@]}" >"$log" 2>&1 || { apt-get update >>"$log" 2>&1 && "${install[@]}" >>"$log" 2>&1; } || status=$?
  [[ $ours == no ]] || rm -f "$policy"
  ((status == 0)) || fail "apt-get could not install ${*}: $(last_words "$log") (log: $log)"
}

# java_major DIR: the version of the JDK in DIR, from its release file.
java_major() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^JAVA_VERSION=\"([0-9]+) ]]; then
      printf '%s' "${BASH_REMATCH[1]}"
      return 0
    fi
  done 2>/dev/null <"$1/release"
  return 1
}

is_jdk() {
  local major
  [[ -x $1/bin/java && -x $1/bin/javac ]] && major=$(java_major "$1") && ((major >= LEAST_JAVA))
}

# Sets JDK: MOORING_JDK and nothing else when given; or JAVA_HOME, java on the PATH, the usual folders.
find_jdk() {
  local dir java_on_path
  if [[ -n ${MOORING_JDK:-} ]]; then
    is_jdk "$MOORING_JDK" || fail "MOORING_JDK=$MOORING_JDK is not a JDK $LEAST_JAVA or newer (found: $(java_major "$MOORING_JDK" || echo none))"
    JDK=$MOORING_JDK
    return 0
  fi
  java_on_path=$(readlink -f "$(command -v java || true)" || true)
  for dir in "${JAVA_HOME:-}" "${java_on_path%/bin/java}" /usr/lib/jvm/* /opt/*jdk* "${HOME:-/root}"/.sdkman/candidates/java/*; do
    if [[ -n $dir ]] && is_jdk "$dir"; then
      JDK=$dir
      return 0
    fi
  done
  fail "no JDK $LEAST_JAVA found (looked at JAVA_HOME=${JAVA_HOME:-unset}, java on PATH${java_on_path:+: ${java_on_path}}, /usr/lib/jvm): install one, or set JAVA_HOME"
}

newer_sources() { [[ -n $(find "${@:2}" -newer "$1" -print -quit 2>/dev/null) ]]; }

jar_is_fresh() { [[ -s $JAR && -d $ROOT/target/lib ]] && ! newer_sources "$JAR" "$ROOT"/{pom.xml,src/main,redis,media/prompts}; }

test_classes_are_fresh() {
  local classpath=$ROOT/target/test.classpath
  [[ -s $classpath && -d $ROOT/target/test-classes ]] && ! newer_sources "$classpath" "$ROOT"/{pom.xml,src,redis,media/prompts}
}

# build [tests]: the jar, and the test classes when asked for, unless they are newer than all sources.
build() {
  local need=${1:-} log=$LOGS/build.log began
  is_built "$need" && return 0
  [[ ${MOORING_BUILD:-} != never ]] || fail "target/mooring.jar is missing or stale, and MOORING_BUILD=never forbids to build it"
  command -v mvn >/dev/null || fail "Maven is missing (mvn is not on the PATH): apt-get install maven"
  mkdir -p "$ROOT/target" 2>/dev/null || fail "cannot write to $ROOT"
  [[ -w $ROOT/target ]] || fail "cannot write to $ROOT/target"
  local lock
  exec {lock}>"$ROOT/target/.build.lock"
  flock "$lock"
  if ! is_built "$need"; then
    progress "building target/mooring.jar (log: $log)"
    began=$(now_millis)
    (cd "$ROOT" && JAVA_HOME=$JDK mvn -B -q -DskipTests package) >"$log" 2>&1 {lock}>&- ||
      fail "the build failed: $(grep -m1 ERROR "$log" || last_words "$log") (log: $log)"
    # Maven leaves an archive alone whose contents did not change; it is as new as the sources all the same.
    touch "$JAR" "$ROOT/target/test.classpath"
    progress "built in $(seconds_since "$began") s"
  fi
  exec {lock}>&-
}

is_built() {
  jar_is_fresh && { [[ $1 != tests ]] || test_classes_are_fresh; }
}

seconds_since() {
  local millis=$(($(now_millis) - $1))
  printf '%d.%02d' $((millis / 1000)) $((millis % 1000 / 10))
}
