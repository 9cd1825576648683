#!/bin/sh
# Runs fal's own Python client against csm-localfal over TLS: 50 requests, their audio, an upload.
#
#   Tests/python-client/run.sh [PROGRAM]
#
# PROGRAM is the csm-localfal to try, .build/debug/csm-localfal by default. The client is installed
# into a temporary environment, or taken from CSM_FAL_CLIENT_VENV where that is set.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
program=${1:-$here/../../.build/debug/csm-localfal}
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$work"' EXIT

venv=${CSM_FAL_CLIENT_VENV:-}
if [ -z "$venv" ]; then
  venv=$work/venv
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check fal-client
fi

"$program" serve --port 0 --tls-port 0 --runners 8 --latency 100ms-400ms \
  --ledger "$work/ledger.jsonl" >"$work/settings" &
server=$!
tries=0
# Its last line: half of the settings would do for `-s`.
until grep -qs FAL_QUEUE_RUN_HOST "$work/settings"; do
  tries=$((tries + 1))
  test "$tries" -lt 600 || { echo "csm-localfal did not start" >&2; exit 1; }
  sleep 0.1
done
. "$work/settings"

"$venv/bin/python" "$here/check.py" "$work/ledger.jsonl"
