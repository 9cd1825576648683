#!/bin/sh
# Installs or upgrades csmd, csm-enqueue, csm-web, csm-localfal and their units from a build. On Debian and
# derivatives, build-deb.sh makes a package instead, which can be removed again.
#
#   systemd/install.sh [--prefix DIR] [BINARIES]
#       DIR: /usr (default) or /usr/local, where systemd looks for units
#       BINARIES: the folder with the four programs (default .build/release), and with
#           generate-manual, without which there are no man pages
#   DESTDIR=/tmp/stage systemd/install.sh
#       only lays out the files, for packages and tests
#
# It asks no questions. It keeps existing settings, the key and the jobs, and restarts a running
# csmd.
set -eu

prefix=/usr
binaries=.build/release
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=${2:?--prefix needs a folder}; shift 2 ;;
    --prefix=*) prefix=${1#*=}; shift ;;
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "install.sh: unknown option $1" >&2; exit 64 ;;
    *) binaries=$1; shift ;;
  esac
done
units=$(dirname "$0")
stage=${DESTDIR:-}
programs="csmd csm-enqueue csm-web csm-localfal"

# Check everything before changing anything.
case $prefix in
  /usr | /usr/local) ;;
  *) echo "install.sh: --prefix $prefix: expected /usr or /usr/local" >&2; exit 64 ;;
esac
for program in $programs; do
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

# place MODE FROM TO: replaces a file in one step, because a running program cannot be written to.
place() {
  install -D -m "$1" "$2" "$stage$3.new"
  mv -f "$stage$3.new" "$stage$3"
}

# place_unit FROM TO: installs a unit, with the folder of the programs filled in.
place_unit() {
  place 0644 "$units/$1" "$2"
  sed -i "s|/usr/bin/csm|$prefix/bin/csm|g" "$stage$2"
}

# completions PROGRAM: installs the shell completions, which the program prints itself.
completions() {
  "$binaries/$1" --generate-completion-script bash | sed '1{/^#!/d}' |
    place 0644 /dev/stdin "$prefix/share/bash-completion/completions/$1"
  "$binaries/$1" --generate-completion-script zsh |
    place 0644 /dev/stdin "$prefix/share/zsh/vendor-completions/_$1"
  "$binaries/$1" --generate-completion-script fish |
    place 0644 /dev/stdin "$prefix/share/fish/vendor_completions.d/$1.fish"
}

for program in $programs; do
  place 0755 "$binaries/$program" "$prefix/bin/$program"
  completions "$program"
done
if [ -x "$binaries/generate-manual" ]; then
  for page in csmd.8 csm-enqueue.1 csm-web.1 csm-localfal.1 csm.conf.5 csm-exports.5 csm-formats.5 csm-judge.7 csm-states.7; do
    "$units/man-page.sh" "$binaries" "$page" |
      place 0644 /dev/stdin "$prefix/share/man/man${page##*.}/$page"
  done
  # An earlier version installed csmd.8 there.
  rm -f "$stage$prefix/share/man/man1/csmd.1"
fi
for unit in csmd.service csm-backup.service csm-backup.timer csm-web.service csm-web.socket; do
  place_unit $unit "$prefix/lib/systemd/system/$unit"
done
place_unit csmd-user.service "$prefix/lib/systemd/user/csmd.service"
place 0644 "$units/csm.sysusers.conf" "$prefix/lib/sysusers.d/csm.conf"
place 0644 "$units/csm.tmpfiles.conf" "$prefix/lib/tmpfiles.d/csm.conf"
place 0644 "$units/csm.conf" "$prefix/share/doc/csm/systemd/csm.conf"
# In the same folders as in the repository, so that their links work.
for page in README.md Sources/README.md Tests/README.md systemd/README.md .github/CONTRIBUTING.md \
  .github/page-tonight.png .github/page-listen.png \
  Sources/CSMHelp/formats.md Sources/CSMHelp/states.md; do
  place 0644 "$units/../$page" "$prefix/share/doc/csm/$page"
done
place 0644 "$units/csmd-254.conf" "$prefix/lib/csm/systemd-254.conf"
[ -e "$stage/etc/csm/csm.conf" ] || place 0644 "$units/csm.conf" /etc/csm/csm.conf

[ -z "$stage" ] || exit 0

"$units/debian/postinst" configure "" "$prefix"
