#!/bin/bash
# Checks what systemd/ would install, without root and without a running systemd, in a few seconds:
# the installer, the units, and how exposed they are. Ends with 1 if something is wrong; says so
# where a tool is missing.
set -euo pipefail

repository=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# check WHAT CMD..: runs CMD; what it printed is shown if it fails or warns.
check() {
  local what=$1 said
  shift
  if said=$("$@" 2>&1) && ! grep -qE 'ignoring|Unknown|Failed' <<<"$said"; then
    echo "ok - $what"
  else
    echo "not ok - $what"
    echo "  # ${said//$'\n'/$'\n  # '}"
    failed=1
  fi
}

# none CMD..: CMD prints nothing.
# shellcheck disable=SC2317 # called through check
none() { ! "$@" | grep .; }

missing() { echo "skipped - $1: no $2 on this machine"; }

if command -v shellcheck >/dev/null; then
  check "shellcheck" shellcheck -x -P SCRIPTDIR \
    "$repository"/systemd/*.sh "$repository"/systemd/debian/p* \
    "$repository"/Tests/systemd/*.sh "$repository"/Tests/systemd/booted/*.sh
else
  missing "shellcheck" shellcheck
fi

# The units are looked at as they are installed, since verify wants the programs to be there.
mkdir "$scratch/binaries"
for program in csmd csm-enqueue csm-web csm-localfal; do
  install -m 755 /bin/true "$scratch/binaries/$program"
done
staged=$scratch/staged
check "install.sh lays out the files" \
  env DESTDIR="$staged" "$repository/systemd/install.sh" --prefix /usr/local "$scratch/binaries"
echo CSM_MAX_IN_FLIGHT=7 >"$staged/etc/csm/csm.conf"
check "install.sh runs again over its own files" \
  env DESTDIR="$staged" "$repository/systemd/install.sh" --prefix /usr/local "$scratch/binaries"
check "install.sh keeps the settings that are there" \
  grep -qx CSM_MAX_IN_FLIGHT=7 "$staged/etc/csm/csm.conf"
check "install.sh puts the prefix into every unit" \
  none grep -r /usr/bin/csm "$staged/usr/local/lib"
check "install.sh leaves no half-written file" \
  none find "$staged" -name "*.new"

# Each line that looks like a setting has to be one: systemd skips others with a warning at most.
check "csm.conf holds comments and settings only" \
  none grep -nvE '^(# .*|#|#?[A-Z][A-Z0-9_]*=.*|)$' "$repository/systemd/csm.conf"

if ! command -v systemd-analyze >/dev/null; then
  missing "verify and exposure" systemd-analyze
  exit "$failed"
fi
units=$staged/usr/local/lib/systemd
sed -i "s|/usr/local/bin|$staged&|g" "$units"/*/*.service

# The threshold is ten times the figure.
exposure=(systemd-analyze security --offline=true)

check "verify the system's units" systemd-analyze verify --man=no "$units"/system/*.{service,timer,socket}
# A user manager's verify wants a runtime directory.
check "verify csmd.service for users" \
  env XDG_RUNTIME_DIR="$scratch" systemd-analyze verify --user --man=no "$units/user/csmd.service"
check "exposure of csmd.service is at most 1.1" \
  "${exposure[@]}" --threshold=11 "$units/system/csmd.service"
check "exposure of csm-backup.service is at most 0.3" \
  "${exposure[@]}" --threshold=3 "$units/system/csm-backup.service"
check "exposure of csm-web.service is at most 0.3" \
  "${exposure[@]}" --threshold=3 "$units/system/csm-web.service"
check "exposure of csmd.service for users is at most 1.8" \
  "${exposure[@]}" --threshold=18 "$units/user/csmd.service"
if [ -e "$units/system/csmd.service.d" ]; then
  echo "ok - verify covered the drop-in for systemd 254"
else
  missing "verify csmd-254.conf" "systemd 254"
fi
exit "$failed"
