#!/usr/bin/env bash
# Memory and open files of csmd over a long night: LINES short lines through the built programs in
# FOLDER, with csm-localfal in place of fal.
#
#   Tests/soak/run.sh [LINES [FOLDER]]        100000 .build/release
#
# Fails unless every line is stored, each was accepted once, the peak is at most 64 MiB, memory does
# not grow with the number of lines, and the number of open files stays within its bound.
set -euo pipefail
lines=${1:-100000}
programs=$(realpath "${2:-.build/release}")
peak_max=$((64 * 1024))
# Growth of resident memory for each 1000 lines after the first third, in KiB: less than the smallest
# block that malloc gives, 32 bytes, for each line.
slope_max=${CSM_SOAK_SLOPE:-20}
files_max=160

place=$(mktemp -d /tmp/csm-soak.XXXXXX)
fal='' daemon=''
leave() {
  for process in $daemon $fal; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$place"
}
trap leave EXIT

"$programs/csm-localfal" serve --port 0 --runners 1000 --latency 0ms-0ms --audio-bytes 100-200 \
  --ledger "$place/ledger.jsonl" >"$place/settings" 2>"$place/fal.log" &
fal=$!
until grep -q FAL_KEY "$place/settings"; do kill -0 "$fal"; sleep 0.1; done
# shellcheck disable=SC1091
source "$place/settings"
export CSM_STATE_DIR=$place/state CSM_REROLLS=0 SWIFT_BACKTRACE=enable=no
seq -f 'Line %.0f.' "$lines" >"$place/a.txt"
"$programs/csm-enqueue" add "$place/a.txt" --cast auto --yes >"$place/added" 2>&1

begin=$(date +%s.%N)
"$programs/csmd" run --until-idle >"$place/csmd.log" 2>&1 &
daemon=$!
while [ -r "/proc/$daemon/status" ]; do
  files=$({ find "/proc/$daemon/fd" -mindepth 1 2>/dev/null || true; } | wc -l)
  awk -v accepted="$(wc -l <"$place/ledger.jsonl")" -v files="$files" '
    /^VmRSS/ { resident = $2 } /^VmHWM/ { peak = $2 }
    END { if (resident) print accepted, resident, peak, files }' "/proc/$daemon/status" \
    >>"$place/samples" 2>/dev/null || true
  kill -0 "$daemon" 2>/dev/null || break
  sleep 1
done
code=0
wait "$daemon" || code=$?
daemon=''
seconds=$(awk -v begin="$begin" -v end="$(date +%s.%N)" 'BEGIN { print end - begin }')

accepted=$(wc -l <"$place/ledger.jsonl")
unique=$(grep -o 'Line [0-9]*\.' "$place/ledger.jsonl" | sort -u | wc -l)
awk -v lines="$lines" -v code="$code" -v accepted="$accepted" -v unique="$unique" \
  -v seconds="$seconds" -v peak_max="$peak_max" -v slope_max="$slope_max" -v files_max="$files_max" '
  { if ($3 > peak) peak = $3; if ($4 > files) files = $4 }
  $1 > lines / 3 { n++; x += $1; y += $2; xx += $1 * $1; xy += $1 * $2 }
  END {
    spread = n * xx - x * x
    slope = spread > 0 ? 1000 * (n * xy - x * y) / spread : 0
    printf "%d lines in %.0f s (%.0f a second), exit code %d, %d accepted, %d of them different\n", \
      lines, seconds, lines / seconds, code, accepted, unique
    printf "peak %.1f MiB, %.2f KiB more for each 1000 lines, at most %d open files\n", \
      peak / 1024, slope, files
    exit !(code == 0 && accepted == lines && unique == lines && peak <= peak_max \
      && (n < 10 || slope <= slope_max) && files <= files_max)
  }' "$place/samples" || { tail -5 "$place/csmd.log" >&2; exit 1; }
