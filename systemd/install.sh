#!/bin/sh
# Installs csmd, csm-enqueue, csm-localfal and their units from a build, or upgrades them.
#
#   systemd/install.sh [--prefix DIR] [BINARIES]
#       DIR: /usr (default) or /usr/local, where systemd looks for units
#       BINARIES: the folder with the three programs (default .build/release)
#   DESTDIR=/tmp/stage systemd/install.sh
#       only lays out the files, for packages and tests
#
# It asks for nothing. Settings and key that are there stay as they are, and so do the jobs; a csmd
# that runs is restarted.
set -eu

prefix=/usr
binaries=.build/release
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=${2:?--prefix needs a folder}; shift 2 ;;
    --prefix=*) prefix=${1#*=}; shift ;;
    -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "install.sh: unknown option $1" >&2; exit 64 ;;
    *) binaries=$1; shift ;;
  esac
done
units=$(dirname "$0")
stage=${DESTDIR:-}

# Everything that can be wrong is looked at before anything is changed.
case $prefix in
  /usr | /usr/local) ;;
  *) echo "install.sh: --prefix $prefix: expected /usr or /usr/local" >&2; exit 64 ;;
esac
for program in csmd csm-enqueue csm-localfal; do
  if [ ! -x "$binaries/$program" ]; then
    echo "install.sh: no $binaries/$program" >&2
    echo "  first: swift build -c release --static-swift-stdlib" >&2
    exit 66
  fi
done
if [ -z "$stage" ] && [ "$(id -u)" != 0 ]; then
  echo "install.sh: installing to $prefix needs root: sudo $0 $binaries" >&2
  exit 77
fi

# place MODE FROM TO: replaces in one step, since a program that runs cannot be written to.
place() {
  install -D -m "$1" "$2" "$stage$3.new"
  mv -f "$stage$3.new" "$stage$3"
}

# place_unit FROM TO: the same, for a unit, with the programs' folder in it.
place_unit() {
  place 0644 "$units/$1" "$2"
  sed -i "s|/usr/bin/csm|$prefix/bin/csm|g" "$stage$2"
}

for program in csmd csm-enqueue csm-localfal; do
  place 0755 "$binaries/$program" "$prefix/bin/$program"
done
place_unit csmd.service "$prefix/lib/systemd/system/csmd.service"
place_unit csmd-user.service "$prefix/lib/systemd/user/csmd.service"
place 0644 "$units/csm.sysusers.conf" "$prefix/lib/sysusers.d/csm.conf"
place 0644 "$units/csm.tmpfiles.conf" "$prefix/lib/tmpfiles.d/csm.conf"
place 0644 "$units/csm.conf" "$prefix/share/doc/csm/csm.conf"
[ -e "$stage/etc/csm/csm.conf" ] || place 0644 "$units/csm.conf" /etc/csm/csm.conf

version=$(systemctl --version 2>/dev/null | awk 'NR == 1 { print int($2) }')
if [ "${version:-0}" -ge 254 ]; then
  place 0644 "$units/csmd-254.conf" "$prefix/lib/systemd/system/csmd.service.d/10-systemd-254.conf"
fi

[ -z "$stage" ] || exit 0

systemd-sysusers "$prefix/lib/sysusers.d/csm.conf"
systemd-tmpfiles --create "$prefix/lib/tmpfiles.d/csm.conf"
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart csmd.service
fi

echo "Installed to $prefix/bin. What is left to do, as root:"
[ -e /etc/csm/fal_key ] || cat <<'END'
  the key, pasted and ended with Enter and Ctrl-D:
      install -m 600 /dev/stdin /etc/csm/fal_key
END
cat <<'END'
  who may enqueue, from their next login on:
      usermod -aG csm NAME
  start it now and with the machine, and look at it:
      systemctl enable --now csmd.service
      systemctl status csmd.service
Settings are in /etc/csm/csm.conf.
END
