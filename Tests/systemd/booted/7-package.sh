#!/bin/bash
# Upgrade in the middle of a batch, remove, install again, purge. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2016,SC2317

# newer: the same package with a higher version.
newer() {
  inside bash -ec 'cd /usr/local/src && rm -rf csm && dpkg-deb -R csm.deb csm
    sed -i "/^Version:/s/$/.1/" csm/DEBIAN/control
    dpkg-deb -Zgzip -z1 --root-owner-group -b csm csm.deb'
}
newer >/dev/null
before=$(version_of_package)
# Slow enough to be met in the middle.
echo CSM_MAX_IN_FLIGHT=4 >>"$boot_root/etc/csm/csm.conf"
anew
restart
sent=$(posts)
seq -f 'Line %g of the night.' 120 | as bob csm-enqueue add --batch night - >/dev/null
under_way() { [ "$(in_state STORED)" -ge 5 ] && [ "$(in_state 'QUEUED|SUBMITTING|IN_QUEUE')" -ge 5 ]; }
check "a batch is under way" within 20 under_way
check "an upgrade in the middle of it restarts csmd" comes_back_after install_package
check "with the new version" is "$before.1" version_of_package
check "and the batch is finished" within 60 is 120 in_state STORED
check "with each line sent once" is $((sent + 120)) posts
check "it keeps the settings" inside grep -qx CSM_MAX_IN_FLIGHT=4 /etc/csm/csm.conf
check "and the key" is "$key" inside cat /etc/csm/fal_key
export_all() { as bob csm-enqueue export night --to /tmp/night && is 120 eval 'inside ls /tmp/night | grep -c wav'; }
check "the audio is taken out" export_all

inside systemctl stop csmd.service
check "an upgrade of a stopped service" install_package
check "does not start it" is inactive property ActiveState
restart

remove() { inside env DEBIAN_FRONTEND=noninteractive dpkg "--$1" csm </dev/null; }
check "removing it succeeds" remove remove
check "and stops it" is "" inside pgrep -x csmd
check "and keeps lines, audio and key" \
  inside test -s /var/lib/csm/csm.db -a -d /var/lib/csm/objects -a -s /etc/csm/fal_key
check "installed again, it goes on" install_package
restart
check "with the same lines" is 120 in_state STORED

inside systemctl stop csmd.service
said=$(remove purge 2>&1)
check "a purge takes the key" eval '! inside test -e /etc/csm/fal_key'
check "and the settings" eval '! inside test -e /etc/csm'
check "and keeps what was paid for" inside test -s /var/lib/csm/csm.db
check "and says so, and how to remove it" grep -F 'rm -rf /var/lib/csm' <<<"$said"
check "no unit is left" is "" inside find /etc/systemd /usr/lib/systemd /run/systemd/system -name 'csm*.*' ! -path '*csmd.service.d*'
nowhere() { ! inside grep -rlF canary /etc /var/lib /var/log /usr/lib/systemd; }
check "the key is in no file of the machine" nowhere
again() { inside rm -rf /var/lib/csm /var/backups/csm && install_package && remove purge && inside test ! -e /var/lib/csm; }
check "purged before the first line, it leaves no folder" again
