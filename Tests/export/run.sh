#!/usr/bin/env bash
# Each form of an export, read by the libraries that people read it with:
#
#   run.sh FOLDER-OF-PROGRAMS [--lines N] [PATTERN ...]
#
# The libraries are kept in .build/export-venv. Needs ffmpeg sox strace rclone and Python's venv.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$here/../../.build/export-venv
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  rm -rf "$venv"
  /usr/bin/python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
  # NeMo's reader of manifests is one file of it; what it depends on is torch, and gigabytes.
  "$venv/bin/pip" install -q --disable-pip-version-check --no-deps nemo_toolkit
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi
exec "$venv/bin/python" "$here/export.py" --bin "$1" "${@:2}"
