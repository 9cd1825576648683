#!/bin/bash
# How the checks of booted.sh are written, and what they ask of csmd. Sourced, not run.
#
# shellcheck disable=SC2016 # $ is for the shell inside
# shellcheck disable=SC2154 # ledger is booted.sh's

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
    said+=$'\n'$(journal -n 12 -o short-precise -u csmd.service)
    echo "  # ${said//$'\n'/$'\n  # '}"
  fi
}

# within SECONDS CMD..: CMD succeeds, at the latest then.
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
put_key() { printf '%b\n' "$1" | inside install -m 600 /dev/stdin /etc/csm/fal_key; }
credential() { inside cat /run/credentials/csmd.service/fal_key; }
install_csm() { inside /usr/local/src/csm/systemd/install.sh /usr/local/src/csm/binaries; }

# in_state STATE: how many jobs are in it.
in_state() { as alice csm-enqueue list --all --json | grep -cE "\"state\" ?: ?\"$1\"" || true; }
posts() { inside sh -c "cat $ledger 2>/dev/null" | wc -l; }
add() { as "$1" sh -c 'printf "%s\n" "$1" | csm-enqueue add -' - "$2" >/dev/null; }
localfal() { inside systemctl kill -s "$1" localfal.service; }
hangs() { inside sh -c 'echo 1 >"/sys/fs/cgroup$1/cgroup.freeze"' - "$(property ControlGroup)"; }

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
  "$@" && within 15 another_is_active "$pid"
}

# switches PID: how often its threads have been woken or moved aside so far.
switches() {
  inside sh -c 'cat /proc/$1/task/*/status' - "$1" |
    awk '/ctxt_switches/ { sum += $2 } END { print sum }'
}
