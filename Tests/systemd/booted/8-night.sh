#!/bin/bash
# A night, and all that may happen in it: a backup, a crash, an upgrade, a stop. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2034,SC2016,SC2317

# newer: the same package with a higher version.
newer() {
  inside bash -ec 'cd /usr/local/src && rm -rf csm && dpkg-deb -R csm.deb csm
    sed -i "/^Version:/s/$/.1/" csm/DEBIAN/control
    dpkg-deb -Zgzip -z1 --root-owner-group -b csm csm.deb'
}
newer >/dev/null
before=$(version_of_package)
# Slow enough to be met in the middle, however slow this machine is: the upgrade alone may take half a minute.
stand_in --latency 2s-3s
in_flight=$((lines / 40))
setting CSM_MAX_IN_FLIGHT=$in_flight
anew
restart
seq -f 'Line %g of the night.' "$lines" | as bob csm-enqueue add --batch night --cast auto --yes - >/dev/null
started=$SECONDS

# past SHARE: so many hundredths of the night's lines are stored.
past() { [ "$(in_state STORED)" -ge $((lines * $1 / 100)) ]; }
within_night() { within $((180 + lines / 2)) "$@"; }
unfinished() { test "$(in_state STORED)" -lt "$lines"; }
check "a night of $lines lines is under way" within_night past 5
check "a backup is made meanwhile" inside systemctl start csm-backup.service
check "after kill -9 it is back" comes_back_after inside systemctl kill -s KILL csmd.service
check "and goes on" within_night past 20
check "an upgrade in the middle of it restarts csmd" comes_back_after install_package
check "with the new version" is "$before.1" version_of_package
check "which goes on" within_night past 40
check "it is stopped" inside systemctl stop csmd.service
check "in the middle of the night" unfinished
check "and started" inside systemctl start csmd.service
# The units of systemd/README.md, with this batch and places on this machine.
sink=/usr/local/src/sink.py inbox=/run/inbox
install "$here/sink.py" "$boot_root$sink"
inside systemd-run -q --unit=sink python3 "$sink" 2525 2580 "$inbox"
printf '%s\n' 'account default' 'host 127.0.0.1' 'port 2525' 'from csm@localhost' >"$boot_root/etc/msmtprc"
telling() {
  awk '$0 == "<!-- told -->" { on = 1; next } on && /^```/ { if (seen++) exit; next } on' \
    "$repository/systemd/README.md" | sed 's|https://ntfy.sh/YOUR-TOPIC|http://127.0.0.1:2580/topic|; s|night1|night|'
}
check "units wait for its end, as systemd/README.md has them" inside bash -euc "$(telling)"
waits() { is activating inside systemctl show -P ActiveState csm-wait@night.service; }
check "and wait" within 30 waits
check "every line is stored" within_night is "$lines" in_state STORED
echo "# $lines lines took $((SECONDS - started)) s"

# in_inbox KIND: the message of that kind that says how the night went.
in_inbox() { inside sed -n "/^$1/,\$p" "$inbox" | grep -F "night: $lines of $lines lines spoken"; }
check "the end is pushed" within 90 in_inbox 'push \/topic'
if inside sh -c 'command -v mail && command -v msmtp' >/dev/null; then
  check "and mailed" within 90 in_inbox mail
  check "with a subject" inside grep -qx 'Subject: csm: night' "$inbox"
else
  echo "# no mail or msmtp on this machine: no mail was sent"
fi
inside find /etc/systemd/system -name 'csm-*@.service' -delete
inside systemctl daemon-reload

# What the stand-in's ledger says, line by line.
paid() { inside cat "$ledger" | grep -o 'Line [0-9]* of the night'; }
check "each line was accepted" is "$lines" eval 'paid | sort -u | wc -l'
check "and none of them twice" is "" eval 'paid | sort | uniq -d'
check "all audio is what it was when it came" as bob csm-enqueue verify --full
export_all() {
  as bob csm-enqueue export night --to /tmp/night >/dev/null &&
    is "$lines" eval 'inside find /tmp/night -name "*.wav" -size +0 | wc -l'
}
check "and is taken out, a file a line" export_all
check "it keeps the settings" inside grep -qx CSM_MAX_IN_FLIGHT=$in_flight /etc/csm/csm.conf
check "and the key" is "$key" inside cat /etc/csm/fal_key
