#!/bin/bash
# Upgrade of a stopped service, remove, install again, purge. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2016,SC2317

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
check "with the same lines" is "$lines" in_state STORED

inside systemctl stop csmd.service
said=$(remove purge 2>&1)
check "a purge takes the key" eval '! inside test -e /etc/csm/fal_key'
check "and the settings" eval '! inside test -e /etc/csm'
check "and keeps what was paid for" inside test -s /var/lib/csm/csm.db
check "and says so, and how to remove it" grep -F 'rm -rf /var/lib/csm' <<<"$said"
check "no unit is left" is "" inside find /etc/systemd /usr/lib/systemd /run/systemd/system -name 'csm*.*' ! -path '*csmd.service.d*'
# All that was written since the machine is up, on its disk, in its memory and in its processes.
nowhere() {
  local secret=${key#*:}
  ! grep -rlF "$secret" "$boot_folder/upper" && ! inside grep -rlF "$secret" /run /tmp &&
    ! inside sh -c 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline' | grep -aF "$secret"
}
check "the key is nowhere on the machine" nowhere
again() { inside rm -rf /var/lib/csm /var/backups/csm && install_package && remove purge && inside test ! -e /var/lib/csm; }
check "purged before the first line, it leaves no folder" again
