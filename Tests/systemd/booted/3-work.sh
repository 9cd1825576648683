#!/bin/bash
# Starting, working, the sandbox, and what it costs to have it. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2016,SC2317

anew
started=$(now_ms)
check "csmd is active in under 5 s" promptly 5000 restart
echo "# from the package to an active service: $((installed_ms + $(now_ms) - started)) ms" \
  "($installed_ms ms of it dpkg)"
if [ "$is_release" = yes ]; then
  check "installing and starting take under 5 s" at_most 5000 $((installed_ms + $(now_ms) - started))
fi
check "it is enabled like any other service" inside systemctl enable -q csmd.service
add alice "What systemctl says."
check "what was enqueued is stored" within 60 is 1 in_state STORED
says() { property StatusText | grep -F "1 STORED"; }
check "systemctl status says how far it is" within 60 says

# --- Idle ----------------------------------------------------------------------------------------

sleep 16 # until it has found out that nothing happens
pid=$(main_pid) seconds=20
woken=$(wakeups "$pid") ran=$(cpu_ns)
sleep $seconds
woken=$(awk -v n="$(($(wakeups "$pid") - woken))" -v s=$seconds 'BEGIN { print n / s }')
ran=$(awk -v n="$(($(cpu_ns) - ran))" -v s=$seconds 'BEGIN { print n / s / 1e7 }')
peak=$(inside awk '/VmHWM/ { print $2 }' "/proc/$pid/status")
echo "# idle: $woken wake-ups a second, $ran % of a core, peak memory $peak kB"
check "idle, it wakes up twice a second at most" at_most 2 "$woken"
allowed=0.1
# A slow machine takes longer for all: as long as for three starts of /bin/true in two seconds.
[ "$is_release" = yes ] || allowed=$(awk -v t="$(start_ms)" 'BEGIN { print (t > 0.1 / 0.15) ? t * 0.15 : 0.1 }')
check "and takes at most $allowed % of a core" at_most "$allowed" "$ran"
if [ "$is_release" = yes ]; then
  check "and has never had more than 40 MB" at_most 40000 "$peak"
else
  echo "# a debug build: its memory does not count"
fi

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
    timeout 5 bash -c "</dev/tcp/$2/9" 2>&1 | grep -q refused' - "$(property ControlGroup)" "$1"
}
inside ip address add 169.254.169.254/32 dev lo
metadata_unreachable() { connects 127.0.0.1 && ! connects 169.254.169.254; }
check "the metadata address of cloud machines is out of its reach" metadata_unreachable
check "it leaves no core dump" \
  grep -E 'core file size +0 +0' <(inside cat "/proc/$(main_pid)/limits")

# --- A voice, whose clip is what was stored ------------------------------------------------------

words="Her own words, as long as a clip of a voice should be, which is between six and twelve seconds."
add alice "$words"
check "a line as long as a clip is stored" within 60 is 2 in_state STORED
clip=$(as alice csm-enqueue list --text "$words" --json | sed 's|.*"path" *: *"\([^"]*\)".*|\1|; s|\\/|/|g')
check "a member makes a voice of it" as alice csm-enqueue voice add anna "$clip" --text "$words"
as alice sh -c 'echo In her voice. | csm-enqueue add --batch voice --voice anna -' >/dev/null
check "a line in this voice is stored" within 60 is 3 in_state STORED
