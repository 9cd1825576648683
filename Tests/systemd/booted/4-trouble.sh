#!/bin/bash
# Crashes, hangs, stops, a full disk. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2016,SC2317

check "after kill -9 it is back" comes_back_after inside systemctl kill -s KILL csmd.service
check "the same jobs are there" is 3 in_state STORED

# Short, but on a busy machine csmd may wait for a second until it runs again.
printf '%s\n' '[Service]' WatchdogSec=6s TimeoutAbortSec=1s TimeoutStopSec=10s RestartSec=100ms |
  drop_in hasty
restart
before=$(main_pid)
sleep 9 # longer than the watchdog's patience
check "it feeds the watchdog" is "$before" main_pid
check "stopped by a signal, it is ended by the watchdog and comes back" \
  comes_back_after inside systemctl kill -s STOP csmd.service
check "and systemd says why" grep -F 'Watchdog timeout' <(journal -u csmd.service)
hangs() { inside sh -c 'echo 1 >"/sys/fs/cgroup$1/cgroup.freeze"' - "$(property ControlGroup)"; }
check "so does one that is frozen" comes_back_after hangs
before=$(main_pid)
check "it can be told to reload" inside systemctl reload csmd.service
check "which keeps the process" is "$before" main_pid
check "and it goes on" active
inside install -D -m 400 -o csm /etc/csm/fal_key /run/second/fal_key
second_daemon() {
  ends 75 'another csmd' as csm env CREDENTIALS_DIRECTORY=/run/second timeout 60 csmd run
}
check "a second csmd on the same state directory ends with 75" second_daemon
check "and the first one does not mind" active
inside rm -r /run/second

check "idle, it stops in under 1 s" promptly 1000 inside systemctl stop csmd.service
check "and that is a success" is success property Result

restart
sent=$(posts)
localfal STOP
add alice "Sent when the stop came."
within 60 is 1 in_state SUBMITTING
inside systemctl stop --no-block csmd.service
check "with a submit on its way it waits for the answer" within 5 is deactivating property ActiveState
localfal CONT
check "and leaves when it has come" within 60 is inactive property ActiveState
check "by itself" is success property Result
check "with that answer written down" is 0 in_state 'SUBMITTING|UNKNOWN'
restart
check "later it finishes what it had begun" within 60 is 4 in_state STORED
check "and has sent the line once" is $((sent + 1)) posts

localfal STOP
add alice "No answer in time for the stop."
within 60 is 1 in_state SUBMITTING
# Without being killed it would wait for a minute.
check "when the answer takes too long, it is killed after TimeoutStopSec" \
  lasts 9900 40000 inside systemctl stop csmd.service
check "and that is a failure" is timeout property Result
localfal CONT
check "from which it starts again" restart
found() { is 0 in_state 'SUBMITTING|QUEUED|FAILED'; }
check "what had become of that line is looked up" within 60 found
check "and nothing is sent again" at_most $((sent + 2)) "$(posts)"
undo_drop_in hasty

inside systemctl stop csmd.service
inside mount -t tmpfs -o size=300m tmpfs /var/lib/csm
inside systemd-tmpfiles --create csm.conf
restart
before=$(posts)
localfal STOP
add alice "The disk is full when this is answered."
within 60 is 1 in_state SUBMITTING
inside sh -c 'cat /dev/zero >/var/lib/csm/filler 2>/dev/null || true'
localfal CONT
sleep 3 # time to fail in
lives_on() { active && is 0 property NRestarts; }
check "a full disk does not end it" lives_on
# With the room that it keeps it may write down the answer first, and looks at the disk every ten seconds.
says_so() { property StatusText | grep -iE 'disk|full'; }
check "it says so" within 60 says_so
inside rm /var/lib/csm/filler
check "and with space again the line is stored" within 90 is 1 in_state STORED
check "and was sent once" is $((before + 1)) posts
inside systemctl stop csmd.service
inside umount /var/lib/csm
restart
