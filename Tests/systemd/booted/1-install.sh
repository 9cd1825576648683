#!/bin/bash
# Installing, and what is there then. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2034,SC2016,SC2317

started=$(now_ms)
check "the package installs, and asks nothing" install_package
installed_ms=$(($(now_ms) - started))
check "so does the one of the stand-in" install_package csm-localfal
for member in alice bob; do inside usermod -aG csm "$member"; done

check "the settings are for everyone to read" is "644 root:root" mode /etc/csm/csm.conf
check "the state directory belongs to the group, and so will its files" \
  is "2770 csm:csm" mode /var/lib/csm
check "systemd finds nothing to complain about" is "" \
  inside systemd-analyze verify --man=no csmd.service csm-backup.service csm-backup.timer
check "csmd's exposure is at most 1.1" inside systemd-analyze security --threshold=11 csmd.service
check "nothing that spends money runs before a person says so" \
  is "disabled inactive" inside sh -c \
  'echo "$(systemctl is-enabled csmd.service) $(systemctl is-active csmd.service)"'
every_file() { inside dpkg --verify csm csm-localfal; }
check "every file is as the package has it" is "" every_file
pages() {
  local page
  for page in csmd.8 csm-enqueue.1 csm-web.1 csm-localfal.1 csm.conf.5 csm-exports.5 csm-formats.5 csm-judge.7 csm-states.7; do
    inside env MANWIDTH=80 man "${page##*.}" "${page%.*}" | grep -c "^SEE ALSO" >/dev/null ||
      { echo "$page"; return 1; }
    { inside man --warnings "${page##*.}" "${page%.*}" >/dev/null; } 2>&1
  done
}
if inside sh -c 'command -v man' >/dev/null; then
  check "each man page is there and renders without a warning" is "" pages
else
  echo "# no man on this machine: the man pages were not looked at"
fi
completes() {
  inside bash -c 'cd /usr/share/bash-completion/completions
    for program in csmd csm-enqueue csm-web csm-localfal; do . ./$program && complete -p $program; done'
}
check "bash completes them" completes

cat >"$boot_root/etc/csm/csm.conf" <<END
CSM_QUEUE_URL=http://127.0.0.1:$port
CSM_REST_URL=http://127.0.0.1:$port
CSM_PLATFORM_URL=http://127.0.0.1:$port
CSM_CDN_HOSTS=127.0.0.1:$port
CSM_GATE_PROBE=1s
END

check "without a key csmd ends with 78, once, and says where it goes" refuses 78 fal_key
where_to() { ends 78 "the service's key belongs in /etc/csm/fal_key" inside csmd check; }
check "csmd check says so, too" where_to
put_key 'half a\001key'
check "a key that cannot be one ends it with 78, once" refuses 78 key
check "what it says then is an error in the journal" \
  grep . <(journal -u csmd.service _COMM=csmd -p err)
put_key "$key"
echo CSM_MAX_IN_FLIGHT=many >>"$boot_root/etc/csm/csm.conf"
check "a wrong setting ends it with 78, once, and is named" refuses 78 CSM_MAX_IN_FLIGHT
sed -i '$d' "$boot_root/etc/csm/csm.conf"
