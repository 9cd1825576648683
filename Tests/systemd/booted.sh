#!/bin/bash
# Installs csmd into a booted systemd, on a throw-away copy of this machine, and checks that it is
# the service that the README promises. Needs root; says so where it cannot run, and then passes.
#
#   Tests/systemd/booted.sh [BINARIES]      BINARIES: default .build/release
#
# shellcheck disable=SC2016,SC2317 # $ is for the shell inside; functions are called through check
set -uo pipefail

binaries=$(realpath "${1:-.build/release}")
repository=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=boot.sh
. "$(dirname "$0")/boot.sh"
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"

if reason=$(cannot_boot); then
  echo "1..0 # skipped: $reason"
  exit 0
fi

port=18080
key=5f1c2a7e-3b4d-4c5e-8f60-718293a4b5c6:canary0d1e2f3a4b5c6d7e8f901234567
ledger=/run/ledger.jsonl

scratch=$(mktemp -d)
trap 'shut_down; rmdir "$scratch"' EXIT
started=$(now_ms)
boot "$scratch" || exit
version=$(inside systemctl --version | awk 'NR == 1 { print $2 }')
echo "# systemd $version is up after $(($(now_ms) - started)) ms"

rm -rf "$boot_root"/etc/csm "$boot_root"/var/lib/csm
mkdir -p "$boot_root/usr/local/src/csm/binaries"
cp -r "$repository/systemd" "$boot_root/usr/local/src/csm/systemd"
cp "$binaries"/{csmd,csm-enqueue,csm-localfal} "$boot_root/usr/local/src/csm/binaries" || exit
for user in alice bob eve; do inside useradd -m "$user"; done

# --- Installing ----------------------------------------------------------------------------------

check "install.sh installs" install_csm
for member in alice bob; do inside usermod -aG csm "$member"; done

mode() { inside stat -c '%a %U:%G' "$1"; }
check "the settings are for everyone to read" is "644 root:root" mode /etc/csm/csm.conf
check "the state directory belongs to the group, and so will its files" \
  is "2770 csm:csm" mode /var/lib/csm
check "systemd finds nothing to complain about" \
  is "" inside systemd-analyze verify csmd.service --man=no
check "csmd's exposure is at most 1.1" inside systemd-analyze security --threshold=11 csmd.service

cat >"$boot_root/etc/csm/csm.conf" <<END
CSM_QUEUE_URL=http://127.0.0.1:$port
CSM_REST_URL=http://127.0.0.1:$port
CSM_PLATFORM_URL=http://127.0.0.1:$port
CSM_CDN_HOSTS=127.0.0.1:$port
CSM_GATE_PROBE=1s
END

# --- The key and the settings --------------------------------------------------------------------

check "without a key csmd ends with 78, once, and says where it goes" refuses 78 fal_key
put_key 'half a\001key'
check "a key that cannot be one ends it with 78, once" refuses 78 key
check "what it says then is an error in the journal" \
  grep . <(journal -u csmd.service _COMM=csmd -p err)
put_key "$key"
echo CSM_MAX_IN_FLIGHT=many >>"$boot_root/etc/csm/csm.conf"
check "a wrong setting ends it with 78, once, and is named" refuses 78 CSM_MAX_IN_FLIGHT
sed -i '$d' "$boot_root/etc/csm/csm.conf"

# --- Who may use it ------------------------------------------------------------------------------

check "a member of the group enqueues before csmd has ever run" add alice "Alice was first."
check "the database is the group's, whoever made it" is "660 alice:csm" mode /var/lib/csm/csm.db
outsider() { ! as eve csm-enqueue list 2>&1; }
check "another user is refused" outsider
names_group() { grep -w group <<<"$(as eve csm-enqueue list 2>&1)" | grep -w csm; }
check "and is told the group" names_group

# --- Starting and working ------------------------------------------------------------------------

inside systemd-run -q --unit=localfal csm-localfal serve --port "$port" --ledger "$ledger"
within 5 inside bash -c "</dev/tcp/127.0.0.1/$port" 2>/dev/null
check "csmd is active in under 5 s" lasts 0 5000 restart
check "it tells systemd how it is" grep . <(property StatusText)
check "what was enqueued before is stored" within 20 is 1 in_state STORED
check "a second member enqueues while it runs, and is heard" add bob "Bob came later."
check "and that is stored" within 20 is 2 in_state STORED
sees_both() { as bob csm-enqueue list --all --json | grep -c -e "Alice was" -e "Bob came"; }
check "members see each other's lines" is 2 sees_both
strays() {
  inside find /var/lib/csm ! -group csm -o -name '*.db*' ! -perm 660 -o -type s ! -perm -060
}
check "every file belongs to the group, database and socket stay open to it" is "" strays
check "it starts with the machine when enabled" inside systemctl enable -q csmd.service

# --- The sandbox ---------------------------------------------------------------------------------

status_of() { inside awk -v field="$1:" '$1 == field { print $2 }' "/proc/$(main_pid)/status"; }
unprivileged() {
  is "$(inside id -u csm)" status_of Uid && is 0000000000000000 status_of CapBnd &&
    is 1 status_of NoNewPrivs && is 2 status_of Seccomp
}
check "it runs as csm without a capability, under a system call filter" unprivileged
hidden() {
  local words
  words=$(inside sh -c 'cat "/proc/$1/environ" "/proc/$1/cmdline" | tr "\0" "\n"' - "$(main_pid)")
  grep -q csmd <<<"$words" && ! grep -F canary <<<"$words"
}
check "the key is in no argument and no environment" hidden
no_key_for_members() {
  is "$key" credential && ! as alice cat /etc/csm/fal_key &&
    ! as alice cat /run/credentials/csmd.service/fal_key
}
check "members of the group do not get at the key" no_key_for_members
writes() {
  local probe
  probe=/proc/$(main_pid)/root$1/probe
  inside touch "$probe" && inside rm "$probe"
}
confined() {
  writes /var/lib/csm && ! writes /usr && ! writes /etc && ! writes /var/lib && ! writes /home/alice
}
check "it can write to its state directory and to nothing else" confined
no_exec() { grep 'Permission denied' <<<"$(inside nsenter -t "$(main_pid)" -m -- /bin/true 2>&1)"; }
check "it could execute nothing but itself" no_exec
# From csmd's cgroup: a port nobody listens on answers at once, unless the packets are dropped.
connects() {
  inside bash -c 'echo $BASHPID >"/sys/fs/cgroup$1/cgroup.procs"
    timeout 1 bash -c "</dev/tcp/$2/9" 2>&1 | grep -q refused' - "$(property ControlGroup)" "$1"
}
inside ip address add 169.254.169.254/32 dev lo
metadata_unreachable() { connects 127.0.0.1 && ! connects 169.254.169.254; }
check "the metadata address of cloud machines is out of its reach" metadata_unreachable
check "it leaves no core dump" \
  grep -E 'core file size +0 +0' <(inside cat "/proc/$(main_pid)/limits")

# --- Trouble -------------------------------------------------------------------------------------

check "after kill -9 it is back" comes_back_after inside systemctl kill -s KILL csmd.service
check "the same jobs are there" is 2 in_state STORED

printf '%s\n' '[Service]' WatchdogSec=2s TimeoutAbortSec=1s TimeoutStopSec=3s RestartSec=100ms |
  drop_in hasty
restart
before=$(main_pid)
sleep 5 # longer than the watchdog's patience
check "it feeds the watchdog" is "$before" main_pid
check "when it hangs, the watchdog ends it and it is back" comes_back_after hangs
check "and systemd says why" grep -F 'Watchdog timeout' <(journal -u csmd.service)

before=$(main_pid)
check "it can be told to reload" inside systemctl reload csmd.service
check "which keeps the process" is "$before" main_pid
check "and it goes on" active
inside install -D -m 400 -o csm /etc/csm/fal_key /run/second/fal_key
second_daemon() {
  as csm env CREDENTIALS_DIRECTORY=/run/second timeout 10 csmd run
  [ $? = 75 ]
}
check "a second csmd on the same state directory ends with 75" second_daemon
check "and the first one does not mind" active

check "idle, it stops in under 1 s" lasts 0 1000 inside systemctl stop csmd.service
check "and that is a success" is success property Result

restart
localfal STOP
add alice "Sent when the stop came."
within 10 is 1 in_state SUBMITTING
inside systemctl stop --no-block csmd.service
check "with a submit on its way it waits for the answer" is deactivating property ActiveState
localfal CONT
check "and leaves when it has come" within 3 is inactive property ActiveState
check "by itself" is success property Result
check "with that answer written down" is 0 in_state 'SUBMITTING|UNKNOWN'
restart
check "later it finishes what it had begun" within 20 is 3 in_state STORED
check "and has sent each line once" is 3 posts

localfal STOP
add alice "No answer in time for the stop."
within 10 is 1 in_state SUBMITTING
check "when the answer takes too long, it is killed after TimeoutStopSec" \
  lasts 2900 5000 inside systemctl stop csmd.service
check "and that is a failure" is timeout property Result
localfal CONT
check "from which it starts again" restart
settled() { is 0 in_state 'SUBMITTING|QUEUED|FAILED'; }
check "what had become of that line is looked up" within 20 settled
check "and nothing is sent again" test "$(posts)" -le 4
undo_drop_in hasty

inside systemctl stop csmd.service
inside mount -t tmpfs -o size=300m tmpfs /var/lib/csm
inside systemd-tmpfiles --create csm.conf
restart
before=$(posts)
localfal STOP
add alice "The disk is full when this is answered."
within 10 is 1 in_state SUBMITTING
inside sh -c 'cat /dev/zero >/var/lib/csm/filler 2>/dev/null || true'
localfal CONT
sleep 3 # time to fail in
lives_on() { active && is 0 property NRestarts; }
check "a full disk does not end it" lives_on
inside rm /var/lib/csm/filler
check "and with space again the line is stored" within 40 is 1 in_state STORED
check "and was sent once" is $((before + 1)) posts
inside systemctl stop csmd.service
inside umount /var/lib/csm

# --- Changing the key ----------------------------------------------------------------------------

put_key "$key-2"
check "it starts with a new key after a restart" restart
check "and has that one" is "$key-2" credential

# encrypted NAME KEY: puts KEY beside the settings, encrypted for this machine under NAME.
encrypted() {
  inside systemd-creds encrypt -q --with-key=host --name="$1" - /etc/csm/fal_key.cred \
    <<<"$2" 2>/dev/null
}
encrypted fal_key "$key-3"
inside rm /etc/csm/fal_key
printf '%s\n' '[Service]' LoadCredentialEncrypted=fal_key:/etc/csm/fal_key.cred | drop_in encrypted
check "it starts with an encrypted key" restart
check "and has that one" is "$key-3" credential
encrypted other "$key"
check "a key encrypted for something else ends it, once" refuses 243 redential
undo_drop_in encrypted
put_key "$key"
restart

# --- Looking after it ----------------------------------------------------------------------------

echo CSM_MAX_ATTEMPTS=2 >>"$boot_root/etc/csm/csm.conf"
check "an upgrade restarts it" comes_back_after install_csm
check "and keeps the settings" inside grep -qx CSM_MAX_ATTEMPTS=2 /etc/csm/csm.conf
check "and the key" is "$key" inside cat /etc/csm/fal_key
check "and the jobs" is 4 in_state '[A-Z_]+'

priorities() {
  journal -u csmd.service _COMM=csmd -o json --output-fields=PRIORITY |
    grep -o '"PRIORITY" *: *"."' | sort -u | wc -l
}
check "its lines in the journal differ in priority" test "$(priorities)" -ge 2
no_canary() { ! journal | grep -F canary; }
check "the key is nowhere in the journal" no_canary
quiet() { ! journal | grep -e 'status=31/SYS' -e 'thread priority' -e 'dumped core'; }
check "no system call was missed, no core dumped" quiet

# --- For one person ------------------------------------------------------------------------------

uid=$(inside id -u alice)
home=$boot_root/home/alice
mkdir -p "$home/.config/csm" "$boot_root/etc/systemd/system/user@.service.d"
grep ^CSM_ "$boot_root/etc/csm/csm.conf" >"$home/.config/csm/csm.conf"
(umask 077 && echo "$key" >"$home/.config/csm/fal_key")
chown -R --reference="$home" "$home/.config"
# A login would set it.
printf '%s\n' '[Service]' Environment=XDG_RUNTIME_DIR=/run/user/%i |
  inside install -D -m 644 /dev/stdin /etc/systemd/system/user@.service.d/runtime.conf
inside systemctl daemon-reload
user_manager() {
  as alice env HOME=/home/alice XDG_RUNTIME_DIR="/run/user/$uid" systemctl --user "$@"
}
inside systemctl start "user@$uid.service"
check "as a user unit it starts" user_manager start csmd.service
check "and is active" is active user_manager show -P ActiveState csmd.service
check "with a database of its own" inside test -e /home/alice/.local/state/csm/csm.db
check "and stops in under 1 s" lasts 0 1000 user_manager stop csmd.service

# --- What it costs -------------------------------------------------------------------------------

pid=$(main_pid)
before=$(switches "$pid")
sleep 5
echo "# idle: $((($(switches "$pid") - before) / 5)) wake-ups a second," \
  "peak memory $(inside awk '/VmHWM/ { print $2 }' "/proc/$pid/status") kB"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
