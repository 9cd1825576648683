#!/bin/sh
# Works the page of `csm-enqueue review` in a real browser: every key and button, audio that plays, no error
# in the console, no finding of axe, 5,000 lines, and what it saves carried out by `csm-enqueue decide`.
#
#   Tests/page/run.sh [PROGRAMS] [--keep DIR]
#
# PROGRAMS is the folder of the built programs, .build/debug by default; --keep leaves the page and
# screenshots in DIR. Needs Debian's chromium, chromium-driver and espeak-ng. Selenium and axe are installed
# into a temporary environment, or taken from CSM_PAGE_VENV where that is set.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
programs=$here/../../.build/debug
case ${1:-} in '' | -*) ;; *) programs=$1; shift ;; esac

venv=${CSM_PAGE_VENV:-}
if [ -z "$venv" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  venv=$work/venv
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check selenium selenium-axe-python
fi
"$venv/bin/python" "$here/page.py" --bin "$programs" "$@"
