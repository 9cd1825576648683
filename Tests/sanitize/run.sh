#!/usr/bin/env bash
# The test suites under a sanitizer of Swift's.
#
#   Tests/sanitize/run.sh address|thread [SUITES]
#
# SUITES is a pattern for `swift test --filter`; without it, every suite but EndToEndTests, which starts
# the same code as programs of their own, and TidyTests. Fails at a failed test and at any report
# but the leaks that `leaks` names with their reasons.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/Tests/sanitize
kind=${1:?address or thread}
suites=${2:-}
export SWIFT_BACKTRACE=enable=no TSAN_OPTIONS=halt_on_error=1
export LSAN_OPTIONS=suppressions=$here/leaks:print_suppressions=0

scratch=$PWD/.build-$kind
if [ "$kind" = thread ]; then
  # A copy, since its targets get a mutex that the sanitizer understands.
  mkdir -p "$scratch/tree"
  rm -rf "$scratch"/tree/{Sources,Tests}
  git ls-files -z | xargs -0 cp --parents --preserve=timestamps -t "$scratch/tree"
  cd "$scratch/tree"
  grep -rl '^import Synchronization' Sources Tests --include=*.swift |
    sed -E 's,^([^/]+/(Fuzz/)?[^/]+)/.*,\1,' | sort -u |
    while read -r target; do cp --preserve=timestamps "$here/Mutex.swift" "$target"; done
fi

options=(--sanitize="$kind" --scratch-path "$scratch")
swift build --build-tests "${options[@]}"
# One group after the other: their deadlines are meant for programs that are not ten times slower.
groups=("$suites")
[ -n "$suites" ] || groups=('CSMFilesTests|CSMReportsTests|CSMSQLiteTests' 'CSMCoreTests|CSMDaemonTests' FuzzTests
  'CSMInputTests|CSMLocalFalTests' CSMFalTests SimulationTests)
for group in "${groups[@]}"; do
  swift test --skip-build --disable-xctest "${options[@]}" --filter "$group"
done
