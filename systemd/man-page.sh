#!/bin/sh
# Prints the man page of a program, made from what its argument parser knows.
#
#   systemd/man-page.sh BINARIES PROGRAM
#       BINARIES: the folder with the program and generate-manual, which is swift-argument-parser's:
#           swift build --product generate-manual
set -eu
binaries=$1 program=$2

date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%F)
version=$("$binaries/csmd" --version)

# What it prints is one page with all commands. Empty lines are no mdoc, and the exit codes that it
# adds are not ours: those are named in the text.
"$binaries/generate-manual" "$binaries/$program" --section 1 --date "$date" --output-directory - |
  sed -e '/^\.Sh "EXIT STATUS"/,$d' -e 's/^$/.Pp/' -e "s/^\.Os$/.Os csm $version/"

[ "$program" = csm-localfal ] || cat <<'END'
.Sh FILES
.Bl -tag -width 6n
.It Pa /etc/csm/csm.conf
The settings, each with its default and what it means.
A variable of the same name in the environment wins over it.
.It Pa /etc/csm/fal_key
The key of the service, for root alone.
.It Pa /usr/share/doc/csm/README.md
What it is for and how it is looked after, from the first night to a restored backup.
.It Pa /var/lib/csm
The database and the audio, for the members of the group csm.
Who has no service has
.Pa ~/.local/state/csm
instead.
.El
END
cat <<'END'
.Sh SEE ALSO
.Xr csmd 1 ,
.Xr csm-enqueue 1 ,
.Xr csm-localfal 1 ,
.Xr systemctl 1 ,
.Xr journalctl 1
END
