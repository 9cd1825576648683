#!/bin/bash
# Changing settings and key, reading the journal. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2016,SC2317

before=$(main_pid)
setting "CSM_ACTIVE_HOURS=$(inside date -d '+3 hours' +%H:%M)-$(inside date -d '+4 hours' +%H:%M)"
inside systemctl reload csmd.service
add alice "Not before its time."
said_hours() { property StatusText | grep -F 'hours:'; }
check "a reload takes over the hours" within 60 said_hours
setting
setting CSM_MAX_IN_FLIGHT=many
inside systemctl reload csmd.service
warned() { journal -u csmd.service -p err | grep -F 'stay as they were: setting CSM_MAX_IN'; }
check "one with a mistake is told in the journal" within 60 warned
check "and the settings stay" said_hours
setting
inside systemctl reload csmd.service
check "mended, it goes on" within 60 is 0 in_state QUEUED
check "in the same process" is "$before" main_pid

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
encrypted_check() {
  local said
  said=$(inside csmd check) # which fails here, without the key
  inside bash -c "$(grep -o 'systemd-run .* csmd check' <<<"$said")"
}
check "csmd check says how it is tried, and it is good" encrypted_check
encrypted other "$key"
check "a key encrypted for something else ends it, once" refuses 243 redential
undo_drop_in encrypted
inside rm /etc/csm/fal_key.cred
put_key "$key"
restart

stand_in --faults run:content_policy_violation#2
as bob csm-enqueue add --batch journal - >/dev/null <<<$'One that is spoken.\nOne that is not.'
told() { journal -o cat CSM_BATCH=journal "$@"; }
ended() { is 1 eval 'told CSM_STATE=STORED | wc -l' && is 1 eval 'told CSM_STATE=FAILED | wc -l'; }
check "the journal is asked by batch and state" within 60 ended
stand_in
check "by what went wrong" \
  is 1 eval 'told -p err | grep -c content_policy_violation'
check "by the kind of event" \
  is 1 eval 'told MESSAGE_ID=952dfc735e60413190e255ed5d5936a2 | wc -l'
one_job() {
  local job said
  job=$(journal CSM_BATCH=journal CSM_STATE=STORED -o json --output-fields=CSM_JOB |
    sed -n 's/.*"CSM_JOB" *: *"\([0-9]*\)".*/\1/p')
  said=$(told CSM_JOB="$job" -o verbose)
  for field in CSM_FROM=QUEUED CSM_CAUSE= CSM_REQUEST_ID= CSM_STATE=IN_QUEUE CSM_STATE=STORED \
    CSM_DIGEST=; do
    grep -qF "$field" <<<"$said" || { echo "$field is missing in: $said"; return 1; }
  done
}
check "and by job, from the queue to the store, with request and cause" one_job

priorities() {
  journal -u csmd.service _COMM=csmd -o json --output-fields=PRIORITY |
    grep -o '"PRIORITY" *: *"."' | sort -u | wc -l
}
check "its lines in the journal differ in priority" test "$(priorities)" -ge 2
no_canary() { ! journal | grep -F canary; }
check "the key is nowhere in the journal" no_canary
no_texts() { ! journal -u csmd.service | grep -e 'Sent when' -e 'The disk is full when'; }
check "nor is a text" no_texts
quiet() {
  ! journal -u csmd.service | grep -e 'status=31/SYS' -e 'thread priority' -e 'dumped core'
}
check "no system call was missed, no core dumped" quiet
