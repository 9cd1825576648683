#!/bin/sh
# Prints a man page: of a program, made from its argument parser, or of a topic, made from
# `csm-enqueue help TOPIC`.
#
#   systemd/man-page.sh BINARIES PAGE
#       BINARIES: the folder with the programs and generate-manual, which is swift-argument-parser's:
#           swift build --product generate-manual
#       PAGE: csmd.8, csm-enqueue.1, csm-web.1, csm-localfal.1, csm.conf.5, csm-exports.5, csm-formats.5,
#           csm-judge.7 or csm-states.7
set -eu
binaries=$1 page=$2
name=${page%.*} section=${page##*.}

date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%F)
version=$("$binaries/csmd" --version)

# program: prints one page with all commands. mdoc allows no empty lines. The exit codes that
# generate-manual adds are not ours; the text names ours.
program() {
  "$binaries/generate-manual" "$binaries/$name" --section "$section" --date "$date" --output-directory - |
    sed -e '/^\.Sh "EXIT STATUS"/,$d' -e 's/^$/.Pp/' -e "s/^\.Os$/.Os csm $version/"
}

# topic NAME
topic() {
  printf '.Dd %s\n.Dt %s %s\n.Os csm %s\n' "$date" "$(echo "$name" | tr '[:lower:]' '[:upper:]')" \
    "$section" "$version"
  "$binaries/csm-enqueue" help "$1" --as man
}

case $name in
  csm.conf) topic settings ;;
  csm-exports) topic exports ;;
  csm-formats) topic formats ;;
  csm-judge) topic judge ;;
  csm-states) topic states ;;
  *) program ;;
esac

case $name in csmd | csm-enqueue) cat <<'END' ;; esac
.Sh FILES
.Bl -tag -width 6n
.It Pa /etc/csm/csm.conf
The settings; see
.Xr csm.conf 5 .
.It Pa /etc/csm/fal_key
The key of the service, readable by root alone.
.It Pa /var/lib/csm
The database and the audio, for members of the group csm.
Without the service,
.Pa ~/.local/state/csm .
.It Pa /usr/share/doc/csm/systemd/README.md
How to run the service: monitoring, backup, restore and upgrade.
.El
END
cat <<'END'
.Sh SEE ALSO
.Xr csm-enqueue 1 ,
.Xr csm-localfal 1 ,
.Xr csm-web 1 ,
.Xr journalctl 1 ,
.Xr systemctl 1 ,
.Xr csm-exports 5 ,
.Xr csm-formats 5 ,
.Xr csm.conf 5 ,
.Xr csm-judge 7 ,
.Xr csm-states 7 ,
.Xr csmd 8
END
