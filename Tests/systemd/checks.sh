#!/bin/bash
# How the checks of booted.sh are written, and what they ask of csmd. Sourced, not run.
#
# shellcheck disable=SC2016 # $ is for the shell inside
# shellcheck disable=SC2154 # ledger, port, boot_root and is_release are set elsewhere

passed=0 failed=0

# check WHAT CMD..: WHAT holds if CMD succeeds.
check() {
  local what=$1 said
  shift
  if said=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok $((passed + failed)) - $what"
  else
    failed=$((failed + 1))
    echo "not ok $((passed + failed)) - $what"
    said+=$'\n'$(journal -n 4 -o short-precise -u csmd.service)
    echo "  # ${said//$'\n'/$'\n  # '}"
  fi
}

# within SECONDS CMD..: CMD succeeds, at the latest then. Most limits are only against hanging: a busy machine
# may be slow.
within() {
  local until=$((SECONDS + $1 + 1)) said
  shift
  until said=$("$@" 2>&1); do
    [ "$SECONDS" -lt "$until" ] || { echo "$said"; return 1; }
    sleep 0.05
  done
}

# is WANTED CMD..: CMD prints WANTED.
is() {
  local wanted=$1 got
  shift
  got=$("$@") || true
  [ "$got" = "$wanted" ] || { echo "expected '$wanted', got '$got'"; return 1; }
}

# at_most LIMIT FIGURE: FIGURE, which may have a fraction, is not above LIMIT.
at_most() { awk -v a="$2" -v b="$1" 'BEGIN { print a " of " b; exit !(a <= b) }'; }

# ends STATUS WORD CMD..: CMD ends with STATUS, and what it says holds WORD.
ends() {
  local status=$1 word=$2 said got=0
  shift 2
  said=$("$@" 2>&1) || got=$?
  if [ "$got" != "$status" ] || ! grep -qF -e "$word" <<<"$said"; then
    echo "ended with $got: $said"
    return 1
  fi
}

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# lasts FROM TO CMD..: CMD succeeds and takes between FROM and TO milliseconds.
lasts() {
  local from=$1 to=$2 start took
  shift 2
  start=$(now_ms)
  "$@" || { echo "failed: $*"; return 1; }
  took=$(($(now_ms) - start))
  if [ "$took" -lt "$from" ] || [ "$took" -gt "$to" ]; then
    echo "took $took ms"
    return 1
  fi
}

# promptly LIMIT CMD..: CMD succeeds within LIMIT milliseconds. CI's machine has other work, so a debug build has
# more time, the longer a service takes that does nothing.
promptly() {
  local limit=$1 start
  shift
  if [ "$is_release" = no ]; then
    start=$(now_ms)
    inside systemd-run -q --wait --collect true || return
    limit=$((limit + 20 * ($(now_ms) - start)))
  fi
  lasts 0 "$limit" "$@"
}

# start_ms: the CPU time, in milliseconds, of a start of /bin/true.
start_ms() {
  inside bash -c 'TIMEFORMAT="%U %S"; time for ((n = 0; n < 100; n++)); do /bin/true; done' 2>&1 |
    awk '{ print ($1 + $2) * 10 }'
}

# --- The package in the booted system ------------------------------------------------------------

# install_package [NAME]: csm, or csm-localfal.
install_package() {
  inside env DEBIAN_FRONTEND=noninteractive dpkg -i "/usr/local/src/${1:-csm}.deb" </dev/null
}

# lend_libraries BINARIES: a debug build needs the libraries of its toolchain, where csmd may read.
lend_libraries() {
  local library
  mkdir -p "$boot_root/usr/lib/swift-lent"
  ldd "$1"/{csmd,csm-enqueue,csm-web,csm-localfal} | awk '$2 == "=>" && $3 ~ /swift/ { print $3 }' | sort -u |
    while read -r library; do cp -L "$library" "$boot_root/usr/lib/swift-lent/"; done
  echo /usr/lib/swift-lent >"$boot_root/etc/ld.so.conf.d/swift-lent.conf"
  inside ldconfig
  # The programs look at the toolchain's own place first, where they may not execute.
  inside mount -t tmpfs tmpfs "$(ldd "$1/csmd" | awk '$3 ~ /libswiftCore/ { split($3, part, "/"); print "/" part[2] }')"
}

# --- csmd in the booted system -------------------------------------------------------------------

property() { inside systemctl show -P "$1" csmd.service; }
main_pid() { property MainPID; }
active() { is active property ActiveState; }
journal() {
  inside journalctl --sync
  inside journalctl -q --no-pager "$@"
}
restart() {
  inside systemctl reset-failed csmd.service 2>/dev/null # not loaded yet, or nothing to forget
  inside systemctl restart csmd.service
}
drop_in() {
  inside install -D -m 644 /dev/stdin "/etc/systemd/system/csmd.service.d/$1.conf"
  inside systemctl daemon-reload
}
undo_drop_in() {
  inside rm "/etc/systemd/system/csmd.service.d/$1.conf"
  inside systemctl daemon-reload
}
# setting KEY=VALUE: puts it at the end of the settings; without an argument, takes the last one away.
setting() {
  if [ $# -gt 0 ]; then
    echo "$1" >>"$boot_root/etc/csm/csm.conf"
  else
    sed -i '$d' "$boot_root/etc/csm/csm.conf"
  fi
}
put_key() { printf '%b\n' "$1" | inside install -m 600 /dev/stdin /etc/csm/fal_key; }
credential() { inside cat /run/credentials/csmd.service/fal_key; }
mode() { inside stat -c '%a %U:%G' "$1"; }
version_of_package() { inside dpkg-query -W -f '${Version}' csm; }

# in_state STATE: how many jobs are in it.
in_state() {
  local rows
  rows=$(as alice csm-enqueue list --all --json) || [ $? -le 3 ] || { echo "list failed"; return; }
  grep -cE "\"state\" ?: ?\"($1)\"" <<<"$rows" || true
}
posts() { inside sh -c "cat $ledger 2>/dev/null" | wc -l; }
add() {
  as "$1" sh -c 'printf "%s\n" "$1" | csm-enqueue add --batch "$2" -' - "$2" "$(now_ms)" >/dev/null
}
# stand_in [OPTIONS]: starts the stand-in for fal, or starts it again with other options; what it has
# accepted stays.
stand_in() {
  inside systemctl stop localfal.service 2>/dev/null
  inside systemd-run -q --collect --unit=localfal csm-localfal serve --port "$port" --ledger "$ledger" \
    --latency 100ms-300ms "$@"
  within 60 inside bash -c "</dev/tcp/127.0.0.1/$port"
}
localfal() { inside systemctl kill -s "$1" localfal.service; }

# refuses STATUS WORD: csmd does not start, ends with STATUS once, and its last words name WORD.
refuses() {
  local before
  before=$(inside date '+%F %T.%6N')
  ! restart 2>/dev/null || { echo "it started"; return 1; }
  is failed property ActiveState && is "$1" property ExecMainStatus &&
    is 0 property NRestarts && journal -u csmd.service --since="$before" | grep -F "$2"
}

# comes_back_after CMD..: CMD costs csmd its life, and another one is active soon.
another_is_active() { [ "$(main_pid)" != "$1" ] && [ "$(main_pid)" != 0 ] && active >/dev/null; }
comes_back_after() {
  local pid
  pid=$(main_pid)
  "$@" && within 60 another_is_active "$pid"
}

# wakeups PID: how often its threads have been woken so far.
wakeups() {
  inside sh -c 'cat /proc/$1/task/*/status' - "$1" |
    awk '/^voluntary_ctxt_switches/ { sum += $2 } END { print sum }'
}
# cpu_ns: how long all of the service ran.
cpu_ns() { property CPUUsageNSec; }
