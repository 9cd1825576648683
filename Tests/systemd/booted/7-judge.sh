#!/bin/bash
# A judge of the audio, with the drop-in of `csm-enqueue help judge`. Sourced by booted.sh.
# shellcheck disable=SC2154,SC2016,SC2317

# Hears "wrong" wherever it is written, and says whether the key is in its environment.
inside install -m 755 /dev/stdin /usr/local/bin/csm-judge <<'JUDGE'
#!/usr/bin/python3
import json, os, sys
for ask in map(json.loads, sys.stdin):
    assert open(ask["path"], "rb").read(4) == b"RIFF"
    verdict = "bad" if "wrong" in ask["text"] else "good"
    print(json.dumps(dict(id=ask["id"], verdict=verdict, reason="heard")))
if any("canary" in value for value in os.environ.values()):
    print("sees the key", file=sys.stderr)
JUDGE
drop_in judge < <(sed -n '/judge.conf$/,/^```/p' "$repository/Sources/CSMHelp/judge.md" | grep -v '^```')
setting CSM_JUDGE_CMD=/usr/local/bin/csm-judge
setting CSM_REROLLS=0
check "csmd starts with a judge" restart
add alice "Not a wrong word."
add alice "Every word is right."
judged() {
  is 1 eval 'as alice csm-enqueue list --all --check judged-bad --columns text | grep -c "Not a wrong word"' &&
    is "" eval 'as alice csm-enqueue list --all --check judged-bad --columns text | grep "word is right"'
}
check "which marks what it hears" within 90 judged
check "and has no key in its environment" is "" eval 'journal -u csmd.service | grep "sees the key"'
setting
setting
undo_drop_in judge
restart
