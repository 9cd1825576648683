#!/usr/bin/env bash
# libFuzzer on every parser of outside bytes.
#
#   Tests/Fuzz/run.sh [RUNS [TARGET…]]        10000000 inputs each
#
# Fails at the first trap, time-out or broken promise; libFuzzer prints the input and keeps it in the
# folder that is named. What it finds becomes a seed of the target.
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=${1:-10000000}
shift || true
export SWIFT_BACKTRACE=enable=no

swift build --product fuzz
# Of the two `main`, libFuzzer's comes first; other linkers than lld stop at the second.
swift build -c release --product fuzz --scratch-path .build-fuzz --sanitize=fuzzer \
  -Xlinker --allow-multiple-definition -Xswiftc -use-ld=lld
fuzz=.build/debug/fuzz
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <("$fuzz")

place=$(mktemp -d /tmp/csm-fuzz.XXXXXX)
echo "inputs that make trouble go to $place"
for target in "${targets[@]}"; do
  mkdir -p "$place/$target"
  "$fuzz" "$target" "$place/$target"
  begin=$(date +%s)
  if ! CSM_FUZZ_TARGET=$target .build-fuzz/release/fuzz -runs="$runs" -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
    -artifact_prefix="$place/$target-" -print_final_stats=1 "$place/$target" \
    >"$place/$target.log" 2>&1; then
    tail -40 "$place/$target.log"
    exit 1
  fi
  awk -v target="$target" -v seconds="$(($(date +%s) - begin))" '
    /stat::number_of_executed_units/ { inputs = $2 }
    /cov:/ { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
    END { printf "%-16s %d inputs in %d s, %d edges, no finding\n", target, inputs, seconds, edges }
  ' "$place/$target.log"
done
rm -rf "$place"
