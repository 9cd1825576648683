#!/bin/bash
# Who may use it, and that it does not matter who was first. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2016,SC2317

check "a stand-in for fal runs" stand_in

check "csmd check finds all of it in order" inside csmd check
by_root() { ends 78 'sudo csmd check' as alice csmd check; }
check "and tells a member that root has to ask, since the key is root's" by_root
stranger() { ends 77 'usermod -aG csm eve' as eve env HOME=/home/eve csm-enqueue "$@"; }
check "a stranger who lists is told the group and how to join it" stranger list
check "so is one who adds, and nothing is made in their home" stranger add /etc/hostname
check "really nothing" is "" inside find /home/eve -name csm
inside install -d -m 700 -o alice /var/tmp/hers
nobody_elses() {
  ends 77 'is for alice only, but this runs as eve' \
    as eve env CSM_STATE_DIR=/var/tmp/hers csm-enqueue list
}
check "who names somebody's own folder is told whose it is" nobody_elses
inside usermod -aG csm carol
late() {
  ends 77 'log in again' inside setpriv --reuid=carol --regid=carol --clear-groups \
    csm-enqueue list
}
check "who has joined since the login is told to log in again" late

strays() {
  inside find /var/lib/csm -mindepth 1 \( ! -group csm \
    -o -name 'csm.*' ! -perm 660 -o -type s ! -perm 660 \
    -o -type d ! -perm 2770 -o -path '*/objects/??/*' ! -perm 440 \)
}
heard() { as "$1" sh -c 'cat "$(csm-enqueue list --all --json |
  sed -n "s/.*\"path\":\"\([^\"]*\)\".*/\1/p" | head -n 1)"' | grep -ac RIFF; }
outside() { ! as eve ls /var/lib/csm && ! as eve cat /var/lib/csm/csm.db; }

# Everything of one state directory, begun by WHO: both members, with csmd and without it.
whole_life() {
  local who=$1
  check "$who first: alice adds a line" add alice "Alice, after $who."
  check "$who first: csmd starts" restart
  check "$who first: bob adds while it runs" add bob "Bob, after $who."
  settled() { is 0 in_state 'QUEUED|SUBMITTING|IN_QUEUE|IN_PROGRESS|COMPLETED'; }
  check "$who first: all is stored" within 60 settled
  check "$who first: every file is the group's, and none is anybody else's" is "" strays
  check "$who first: both hear the audio" eval 'heard alice && heard bob'
  inside systemctl stop csmd.service
  check "$who first: bob adds without a daemon" add bob "Bob again, after $who."
  check "$who first: alice sees what bob has added" \
    grep -q 'Bob again' <(as alice csm-enqueue list --all)
  check "$who first: whatever that left is the group's" is "" strays
  check "$who first: a stranger sees nothing" outside
}
anew() {
  inside systemctl stop csmd.service
  inside rm -rf /var/lib/csm
  [ "${1:-}" = bare ] || inside systemd-tmpfiles --create csm.conf
}

anew
check "a member enqueues before csmd has ever run" add alice "The very first."
check "the database is the group's from then on" is "660 alice:csm" mode /var/lib/csm/csm.db
whole_life alice
anew
check "csmd starts before anybody has enqueued" restart
whole_life csmd
anew
check "root enqueues first" inside sh -c 'echo Root. | csm-enqueue add --batch root - >/dev/null'
whole_life root
# Before the package made the folder, say: it is root's alone, and so is the database.
anew bare
by_hand() { inside env CSM_STATE_DIR=/var/lib/csm sh -c 'echo By hand. | csm-enqueue add --batch hand - >/dev/null'; }
check "root makes the folder by hand" by_hand
check "csmd starts on it and lets the group in" restart
whole_life "root by hand"

# The page: systemd holds its socket, and the first visitor starts it.
check "the page's socket is held, and nothing serves yet" eval \
  'inside systemctl enable --quiet --now csm-web.socket && is inactive inside systemctl is-active csm-web.service'
visit() {
  as "$1" sh -c 'cd "$(mktemp -d)" && curl -fsS --max-time 60 -c jar -o enter "$(csm-web address)" &&
    curl -fsS --max-time 60 -b jar http://127.0.0.1:8330/'
}
check "a member asks for an address, and gets the page" grep -q '<title>csm</title>' <(visit alice)
check "which runs now, as csm" is csm inside sh -c \
  'stat -c %U "/proc/$(systemctl show -P MainPID csm-web.service)"'
address_of_stranger() { ends 77 'usermod -aG csm eve' as eve env HOME=/home/eve csm-web address; }
check "a stranger gets no address" address_of_stranger
check "nor the page without one" is 401 as eve curl -s --max-time 60 -o /dev/null -w '%{http_code}' \
  http://127.0.0.1:8330/
check "nor what the page reads" is 401 as eve curl -s --max-time 60 -o /dev/null -w '%{http_code}' \
  http://127.0.0.1:8330/api/lines
inside systemctl disable --quiet --now csm-web.socket csm-web.service
