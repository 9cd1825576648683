#!/bin/bash
# Changing the key, reading the journal. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2016,SC2317

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
encrypted other "$key"
check "a key encrypted for something else ends it, once" refuses 243 redential
undo_drop_in encrypted
inside rm /etc/csm/fal_key.cred
put_key "$key"
restart

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
