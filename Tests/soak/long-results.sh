#!/usr/bin/env bash
# Memory of csmd over results that hold the audio itself: LINES lines of 5.9 MB each through the built
# programs in FOLDER, with csm-localfal in place of fal; then a start at which all of them wait, read and
# not stored. Needs the sqlite3 shell.
#
#   Tests/soak/long-results.sh [LINES [FOLDER]]        80 .build/release
#
# Fails unless every line is stored, both times, and the peak is at most 150 MiB.
set -euo pipefail
lines=${1:-80}
programs=$(realpath "${2:-.build/release}")
peak_max=$((150 * 1024))

place=$(mktemp -d /tmp/csm-soak.XXXXXX)
fal='' daemon=''
leave() {
  for process in $daemon $fal; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$place"
}
trap leave EXIT

"$programs/csm-localfal" serve --port 0 --runners 100 --latency 0ms-0ms --faults run:audio-data \
  --audio-bytes 4400000-4400001 >"$place/settings" 2>"$place/fal.log" &
fal=$!
until grep -q FAL_KEY "$place/settings"; do kill -0 "$fal"; sleep 0.1; done
# shellcheck disable=SC1091
source "$place/settings"
export CSM_STATE_DIR=$place/state CSM_REROLLS=0 SWIFT_BACKTRACE=enable=no
seq -f 'Line %.0f.' "$lines" >"$place/a.txt"
"$programs/csm-enqueue" add "$place/a.txt" --cast auto --yes >"$place/added" 2>&1

# Runs csmd until nothing is left to do, and tells its peak.
night() {
  local peak=0 now code=0 stored
  "$programs/csmd" run --until-idle >"$place/csmd.log" 2>&1 &
  daemon=$!
  while now=$(awk '/^VmHWM/ { print $2 }' "/proc/$daemon/status" 2>/dev/null) && [ -n "$now" ]; do
    peak=$now
    sleep 0.05
  done
  wait "$daemon" || code=$?
  daemon=''
  stored=$(sqlite3 "$place/state/csm.db" "SELECT count(*) FROM job WHERE state = 'STORED'")
  printf '%s: peak %d MiB, %d of %d lines stored, exit code %d\n' \
    "$1" $((peak / 1024)) "$stored" "$lines" "$code"
  [ "$code" = 0 ] && [ "$stored" = "$lines" ] && [ "$peak" -le "$peak_max" ] || failed=1
}

failed=0
night 'at work'
# As a csmd leaves them that was killed behind the last result and before the first download.
printf '{"audio": {"url": "data:audio/wav;base64,%s"}}' \
  "$(base64 -w 0 "$(find "$place/state/objects" -type f | head -1)")" >"$place/result.json"
sqlite3 "$place/state/csm.db" "
  UPDATE job
  SET state = 'COMPLETED', digest = NULL, finished_at = NULL,
    result = CAST(readfile('$place/result.json') AS TEXT)"
night 'at a start'
[ "$failed" = 0 ] || { tail -5 "$place/csmd.log" >&2; exit 1; }
