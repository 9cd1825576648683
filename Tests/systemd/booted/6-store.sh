#!/bin/bash
# Metrics, backups and what they are good for, the store's care. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2016,SC2317

# --- Metrics, as systemd/README.md says ----------------------------------------------------------

metrics_folder=/var/lib/prometheus/node-exporter
inside mkdir -p $metrics_folder
inside chgrp csm $metrics_folder
inside chmod g+w $metrics_folder
setting CSM_METRICS_FILE=$metrics_folder/csm.prom
check "csmd starts with a file for its metrics" restart
published() { inside grep -c '^csm_jobs{state="STORED"} [1-9]' $metrics_folder/csm.prom; }
check "and publishes them where the node exporter looks" within 60 published
check "for all to read" is "644 csm:csm" mode $metrics_folder/csm.prom
of_member() { as alice csm-enqueue metrics | grep '^csm_window_requests '; }
check "a member sees them, with what only csmd knows" of_member
if inside sh -c 'command -v promtool' >/dev/null; then
  well_formed() { as alice csm-enqueue metrics | inside promtool check metrics; }
  check "promtool has nothing to say against them" is "" well_formed
else
  echo "# no promtool on this machine: it did not look at the metrics"
fi
if inside test -e /lib/systemd/system/prometheus-node-exporter.service; then
  inside systemctl start prometheus-node-exporter.service
  exported() {
    inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/9100
      printf "GET /metrics HTTP/1.0\r\n\r\n" >&3
      cat <&3' | grep -c -e '^csm_jobs{state="STORED"} [1-9]' -e '^node_textfile_scrape_error 0'
  }
  check "Debian's node exporter exports them" within 60 is 2 exported
  inside systemctl stop prometheus-node-exporter.service
else
  echo "# no node exporter on this machine: it did not read the metrics"
fi

# --- Backups -------------------------------------------------------------------------------------

backups() { inside find /var/backups/csm -name 'csm-*.db' | sort; }
check "the timer is enabled like any other" inside systemctl enable -q --now csm-backup.timer
next_noon() { inside systemctl show -P NextElapseUSecRealtime csm-backup.timer | grep ' 12:'; }
check "and waits for noon" next_noon
# As if it were noon.
inside install -D -m 644 /dev/stdin /run/systemd/system/csm-backup.timer.d/soon.conf <<END
[Timer]
RandomizedDelaySec=0
AccuracySec=100ms
OnActiveSec=500ms
END
inside systemctl daemon-reload
inside systemctl restart csm-backup.timer
one_backup() { is 1 eval 'backups | wc -l' && is success inside systemctl show -P Result csm-backup.service; }
check "when its time has come there is a backup" within 60 one_backup
inside rm -r /run/systemd/system/csm-backup.timer.d
inside systemctl daemon-reload
inside systemctl restart csm-backup.timer
newest=$(backups | tail -n 1)
check "for the group to read, and for nobody else" is "640 csm:csm" mode "$newest"
kept_out() { as alice test -r "$newest" && ! as eve ls /var/backups/csm; }
check "really" kept_out

before=$(in_state STORED)
add alice "After the backup."
within 60 is $((before + 1)) in_state STORED
# The commands of systemd/README.md, with this backup.
restore() {
  awk '$0 == "<!-- restore -->" { on = 1; next } on && /^```/ { if (seen++) exit; next } on' \
    "$repository/systemd/README.md" | sed "s|^backup=[^ ]*|backup=$newest|"
}
check "the restore of systemd/README.md brings it back" inside bash -euxc "$(restore)"
check "with the lines as they were then" is "$before" in_state STORED
check "and the group's rights" is "" strays
check "and waits for a person, since it may not know all that was paid for" \
  ends 1 PAUSED as alice csm-enqueue status
as alice csm-enqueue resume 2>/dev/null
inside rm -r /var/lib/csm.old

# --- The store -----------------------------------------------------------------------------------

check "whoever is in the group verifies it" as bob csm-enqueue verify --full
object=$(as alice csm-enqueue list --all --state STORED --json | sed -n '1{s|.*"path" *: *"\([^"]*\)".*|\1|; s|\\/|/|g; p}')
inside sh -c 'chmod 640 "$1" && printf X | dd of="$1" bs=1 seek=60 conv=notrunc status=none &&
  chmod 440 "$1"' - "$object"
check "damage is found" ends 1 'hash' as bob csm-enqueue verify --full
check "and its line held" test "$(in_state HELD)" -ge 1
as bob csm-enqueue retry --lost >/dev/null
sent=$(posts)
check "a retry downloads it again" within 60 is "$before" in_state STORED
check "without another submit" is "$sent" posts
check "and then all is well" as bob csm-enqueue verify --full
stray=${object%?}
if [ "${object: -1}" = 0 ]; then stray+=1; else stray+=0; fi
inside cp -p "$object" "$stray"
inside touch -d '-20 days' "$stray"
check "gc shows what no line names" ends 0 'would remove: 1 object' as bob csm-enqueue gc
check "and removes it when told" ends 0 'removed: 1 object' as bob csm-enqueue gc --delete
check "and nothing else" as bob csm-enqueue verify --full
setting
restart
