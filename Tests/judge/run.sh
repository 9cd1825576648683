#!/bin/sh
# Nights with a judge of one's own: what it finds bad is spoken again, and one that fails marks nothing.
#
#   Tests/judge/run.sh [PROGRAMS] [--short] [--only JUDGE]
#
# JUDGE is good, crashing, rubbish, missing, slow or endless; CSM_JUDGE_SHOW=1 prints the logs.
# PROGRAMS is the folder of the built programs, .build/debug by default. The long form has a judge that never
# ends as well, which takes 8 minutes. Needs Debian's flite. PocketSphinx is installed into a temporary
# environment, or taken from CSM_JUDGE_VENV where that is set.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
programs=$here/../../.build/debug
case ${1:-} in '' | -*) ;; *) programs=$1; shift ;; esac

venv=${CSM_JUDGE_VENV:-}
if [ -z "$venv" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  venv=$work/venv
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check pocketsphinx numpy
fi
"$venv/bin/python" -B "$here/nights.py" --bin "$programs" "$@"
