#!/bin/bash
# csmd for one person, as a user unit. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2016,SC2317

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
check "for that person alone" is "600 alice:alice" mode /home/alice/.local/state/csm/csm.db
her_own() { as alice env CSM_STATE_DIR=/home/alice/.local/state/csm csm-enqueue "$@"; }
her_own add - >/dev/null <<<"For Alice alone."
stored() { her_own list --json | grep -cE '"state" ?: ?"STORED"'; }
check "and what she adds there is stored" within 60 is 1 stored
check "and stops in under 1 s" promptly 1000 user_manager stop csmd.service
inside systemctl stop "user@$uid.service"
inside rm -r /home/alice/.config /home/alice/.local
