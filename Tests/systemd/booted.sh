#!/bin/bash
# Installs the packages into a booted systemd, on a throw-away copy of this machine, and checks that it
# is the service that systemd/README.md promises, from the first start to the purge. Needs root; says so
# where it cannot run, and then passes.
#
#   Tests/systemd/booted.sh [--lines N] [CSM.deb CSM-LOCALFAL.deb | BINARIES]
#       N: how many lines the night has in which csm is upgraded (default 120); a release deserves 2000
#       CSM.deb CSM-LOCALFAL.deb: what systemd/build-deb.sh made: the form for a release, in which the
#           figures (memory above all) count
#       BINARIES: a folder with a build and generate-manual, from which packages are made (default
#           .build/debug)
#
# The parts, in the order of an operator's life with it, are in booted/.
# shellcheck disable=SC2034 # the parts use what is set here
set -uo pipefail

lines=120
if [ "${1:-}" = --lines ]; then
  lines=${2:?--lines needs a number}
  shift 2
fi
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
what=$(realpath "${1:-.build/debug}")
# shellcheck source=boot.sh
. "$here/boot.sh"
# shellcheck source=checks.sh
. "$here/checks.sh"

if reason=$(cannot_boot); then
  echo "1..0 # SKIPPED: NOTHING of the service was checked under a booted systemd: $reason"
  exit 0
fi

scratch=$(mktemp -d)
trap 'shut_down; rmdir "$scratch/booted"; rm -rf "$scratch"' EXIT
is_release=yes packages=("$@")
if [ -d "$what" ]; then
  is_release=no
  # Quick to pack and large.
  said=$(DPKG_DEB_COMPRESSOR_LEVEL=1 "$repository/systemd/build-deb.sh" --out "$scratch" "$what") || exit
  mapfile -t packages <<<"$said"
fi

mkdir "$scratch/booted"
started=$(now_ms)
boot "$scratch/booted" || exit
version=$(inside systemctl --version | awk 'NR == 1 { print $2 }')
echo "# systemd $version is up after $(($(now_ms) - started)) ms"

# What this machine may have of its own, and what would keep services from starting on it.
rm -rf "$boot_root"/etc/csm "$boot_root"/var/lib/csm "$boot_root"/usr/sbin/policy-rc.d
install -D "${packages[0]}" "$boot_root/usr/local/src/csm.deb"
install -D "${packages[1]:?csm-localfal is a package of its own}" "$boot_root/usr/local/src/csm-localfal.deb"
[ $is_release = yes ] || lend_libraries "$what"
for user in alice bob carol eve; do inside useradd -m "$user"; done

port=18080
key=5f1c2a7e-3b4d-4c5e-8f60-718293a4b5c6:canary0d1e2f3a4b5c6d7e8f901234567
ledger=/run/ledger.jsonl
for part in "$here"/booted/*.sh; do
  echo "# $(basename "$part" .sh)"
  # shellcheck disable=SC1090
  . "$part"
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
