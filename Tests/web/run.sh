#!/bin/sh
# Works the page of csm-web in a real browser, while a night runs on csm-localfal.
#
#   Tests/web/run.sh [BINARIES] [--short] [--shots DIR]
#
# BINARIES is the folder of the programs, .build/debug by default. It needs Debian's chromium,
# chromium-driver and espeak-ng; Selenium and axe are installed into a temporary environment, or taken from
# CSM_WEB_VENV where that is set.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
venv=${CSM_WEB_VENV:-}
if [ -z "$venv" ]; then
  venv=$(mktemp -d)
  trap 'rm -rf "$venv"' EXIT
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check selenium selenium-axe-python
fi
"$venv/bin/python" "$here/watch.py" "$@"
