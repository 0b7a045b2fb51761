# SPDX-License-Identifier: MIT
# The suites of ./test. Each counts into `passed` and `failed`. Sourced after steps.sh.
# Integration comes first, since it runs beside those that follow: it mostly waits.
default_suites="format tidy integration unit net storage actors cluster simulator deaths ollama fuzz"
long_suites="tidy-all tsan integration-asan fuzz-long"

passed=0
failed=0
failures=()

count() { # count OUTCOME NAME
  if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    failures+=("$2")
  fi
}

# check TEXT COMMAND…: one check that passes or fails; a failure shows its output and goes on.
check() {
  local text=$1 log status=0
  shift
  log=$(mktemp)
  say "$text"
  "$@" >"$log" 2>&1 || status=$?
  [ "$status" -eq 0 ] || { tail -n 60 "$log" >&2; printf '✗ %s (exit %s); the whole log: %s\n' "$text" "$status" "$log" >&2; }
  count "$status" "$text"
  [ "$status" -ne 0 ] || rm -f "$log"
}

sources() { git ls-files -- '*.cpp' '*.hpp'; }

# What a submission changes: against origin/main, or, in a clone of it where nothing differs, in its last commit.
changed_sources() {
  local base changed
  base=$(git rev-parse -q --verify origin/main 2>/dev/null || git rev-list --max-parents=0 HEAD | tail -1)
  changed=$({ git diff --name-only --diff-filter=d "$base" -- '*.cpp'; git ls-files -o --exclude-standard -- '*.cpp'; } | sort -u)
  if [ -z "$changed" ] && git rev-parse -q --verify HEAD~1 >/dev/null; then
    changed=$(git diff --name-only --diff-filter=d HEAD~1 -- '*.cpp')
  fi
  printf '%s\n' "$changed" | sed -E '/^(tests|bench)\//d;/^$/d'
}

tools_ready=""
need_test_packages() {
  [ -n "$tools_ready" ] && return 0
  tools_ready=yes
  [ -n "${LOGOS_NO_INSTALL:-}" ] && return 0
  # shellcheck disable=SC2046
  install_packages $(build_packages) libgtest-dev libgmock-dev libbenchmark-dev clang clang-format clang-tidy libclang-rt-14-dev \
    postgresql postgresql-client openssl git python3 python3-venv iproute2
}

# ctests PRESET LABEL: builds the preset and runs the tests of a label.
ctests() {
  local preset=$1 label=$2 log status=0 line
  need_test_packages
  build "$preset" "${label}_tests"
  log=$(mktemp)
  say "$label ($preset)"
  ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 \
    LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp TSAN_OPTIONS=suppressions=$PWD/tests/support/tsan.supp \
    ctest --test-dir "build/$preset" -L "^$label\$" --output-on-failure --no-tests=error -j2 >"$log" 2>&1 || status=$?
  line=$(grep -E 'tests passed, [0-9]+ tests failed out of [0-9]+' "$log" || true)
  if [[ $line =~ ([0-9]+)\ tests\ failed\ out\ of\ ([0-9]+) ]]; then
    passed=$((passed + BASH_REMATCH[2] - BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[1]))
    if [ "${BASH_REMATCH[1]}" -ne 0 ]; then
      failures+=("$label: ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} failed")
      grep -vE '^ *Start |Passed ' "$log" | tail -n 120 >&2
    fi
  else
    tail -n 40 "$log" >&2
    count "${status:-1}" "$label did not run"
  fi
  rm -f "$log"
}

suite_format() {
  need_test_packages
  # shellcheck disable=SC2046
  check "clang-format" clang-format --dry-run -Werror $(sources)
}

suite_tidy() {
  need_test_packages
  local files
  # What a submission changes; a first import changes everything, which is for tidy-all.
  files=$(changed_sources | sed -n "1,${LOGOS_TIDY_FILES:-12}p")
  [ -n "$files" ] || { check "clang-tidy (nothing changed)" true; return; }
  step "configure build/tidy" cmake --preset dev -B build/tidy -DCMAKE_CXX_COMPILER=clang++ -DLOGOS_PCH=OFF -DLOGOS_TESTS=OFF
  # shellcheck disable=SC2086
  check "clang-tidy over $(echo "$files" | wc -l) changed files" sh -c "echo '$files' | tr '\n' '\0' | xargs -0 -n1 -P2 clang-tidy --quiet -p build/tidy"
}

suite_tidy_all() {
  need_test_packages
  step "configure build/tidy" cmake --preset dev -B build/tidy -DCMAKE_CXX_COMPILER=clang++ -DLOGOS_PCH=OFF -DLOGOS_TESTS=OFF
  check "clang-tidy over the whole tree" sh -c "git ls-files '*.cpp' | grep -vE '^(tests|bench)/' | tr '\n' '\0' | xargs -0 -n1 -P2 clang-tidy --quiet -p build/tidy"
}

suite_unit() { ctests asan unit; }
suite_net() { ctests asan net; }
suite_storage() { ctests asan storage; }
suite_actors() { ctests asan actors; }
suite_cluster() { ctests asan cluster; }
suite_simulator() { ctests asan simulator; }

# The rooms without CAF: its library is not instrumented, and every actor would be reported (shared/caf.md 1).
suite_tsan() {
  need_test_packages
  ctests tsan net
  ctests tsan storage
}

# integrate LOG BINARY [TEST…]: runs them and answers in integrated_passed and integrated_failed; false: it did not run.
integrate() {
  local log=$1
  shift
  tests/integration/run "$@" >"$log" 2>&1 || true
  read_integrated "$log"
}

read_integrated() { # read_integrated LOG
  local log=$1 line
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -1 || true)
  [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || return 1
  integrated_passed=${BASH_REMATCH[1]} integrated_failed=${BASH_REMATCH[2]}
}

run_integration() { # run_integration BINARY TITLE [TEST…]
  local log
  log=$(mktemp)
  say "$2"
  integrated_passed="" integrated_failed=""
  integrate "$log" "$1" "${@:3}" || true
  judge_integration "$log" "$1" "$2"
}

judge_integration() { # judge_integration LOG BINARY TITLE: counts what integrate answered
  local log=$1 again once title=$3
  if [ -z "$integrated_passed" ]; then
    tail -n 60 "$log" >&2
    count 1 "$title did not run"
    return
  fi
  passed=$((passed + integrated_passed))
  if [ "$integrated_failed" -ne 0 ]; then
    # Real processes on a busy machine: what fails is tried once more, alone, and said.
    again=$(mktemp)
    # ERROR is what a test leaves behind itself: a gateway that did not end well, for example.
    grep -E '^(FAILED|ERROR) ' "$log" | cut -c1-400 | sed 's/^/· /' >&2 || true
    once=$(grep -oE '^(FAILED|ERROR) [^ ]+' "$log" | cut -d' ' -f2 | sort -u |
      sed -E 's#^(tests/integration/)?#tests/integration/#' || true)
    printf '· tried again: %s\n' $once
    # shellcheck disable=SC2086
    if [ -n "$once" ] && integrate "$again" "$2" $once; then
      passed=$((passed + integrated_passed))
    fi
    failed=$((failed + integrated_failed))
    if [ "$integrated_failed" -ne 0 ]; then
      failures+=("$title: $integrated_failed failed")
      # What could not be tried again has left its reasons in the first log only.
      if [ -s "$again" ]; then tail -n 120 "$again" >&2; else tail -n 120 "$log" >&2; fi
    fi
  fi
}

# Real clients and real processes, beside the suites that follow; await_integration ends it.
integrating=""
suite_integration() {
  need_test_packages
  # The bench is what the replay is compared with.
  build release logos logos_scheduling_bench
  export SCHEDULING_BENCH=$PWD/build/release/bench/scheduling/logos_scheduling_bench
  integration_log=$(mktemp)
  say "integration with real clients, beside what follows"
  # A process group of its own, so that it can be told to end and still ends its servers.
  set -m
  tests/integration/run build/release/logos >"$integration_log" 2>&1 &
  integrating=$!
  set +m
  trap stop_integration EXIT
}

await_integration() {
  [ -n "$integrating" ] || return 0
  say "await the end of integration"
  wait "$integrating" || true
  integrating=""
  say "integration has ended"
  integrated_passed="" integrated_failed=""
  read_integrated "$integration_log" || true
  judge_integration "$integration_log" build/release/logos "integration with real clients"
}

stop_integration() {
  [ -z "$integrating" ] || kill -INT -- "-$integrating" 2>/dev/null || true
}

# Only builds for tests can be killed at named points.
suite_deaths() {
  await_integration
  build asan logos
  check "build/asan has fault points" build/asan/logos version --fault-points
  run_integration build/asan/logos "deaths at fault points" tests/integration/fault_sweep_test.py
}

# A real Ollama, which takes minutes to build once and cannot be built everywhere: then it is left out, and says why.
suite_ollama() {
  local log status=0
  await_integration
  need_test_packages
  log=$(mktemp)
  say "build a real Ollama, where that has not been done"
  tests/integration/real_ollama/build >"$log" 2>&1 || status=$?
  if [ "$status" -eq 77 ]; then
    printf '· ollama: left out: %s\n' "$(tail -n 1 "$log")"
    return
  fi
  if [ "$status" -ne 0 ]; then
    tail -n 40 "$log" >&2
    count "$status" "a real Ollama"
    return
  fi
  build release logos
  run_integration build/release/logos "a real Ollama" tests/integration/real_ollama
}

suite_integration_asan() {
  need_test_packages
  build asan logos
  run_integration build/asan/logos "integration under the address sanitizer"
}

fuzz() { # fuzz SECONDS-EACH
  local target
  need_test_packages
  command -v clang++ >/dev/null || { printf '· fuzz: no clang++ here, left out\n'; return; }
  build fuzz fuzz_targets
  for target in build/fuzz/tests/fuzz/*_fuzz; do
    check "fuzz $(basename "$target") for $1 s" "$target" -max_total_time="$1" -rss_limit_mb=2048 -timeout=10 -print_final_stats=0 \
      -artifact_prefix=build/fuzz/
  done
}
suite_fuzz() { fuzz "${LOGOS_FUZZ_SECONDS:-10}"; }
suite_fuzz_long() { fuzz 300; }
