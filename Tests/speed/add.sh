#!/usr/bin/env bash
# How long `csm-enqueue add` takes for many rows of CSV, against the sqlite3 shell that imports the same
# rows into the same tables, and how much memory.
#
#   Tests/speed/add.sh [PROGRAM [ROWS]]        .build/release/csm-enqueue, 1000000
#
# Fails where it takes more than 2.5 times as long, or 64 MB. A second file has 500 bad rows in 100,000;
# a third is added again with an edit in every hundredth row.
set -euo pipefail
program=$(realpath "${1:-.build/release/csm-enqueue}")
rows=${2:-1000000}
place=$(mktemp -d /tmp/csm-speed.XXXXXX)
trap 'rm -rf "$place"' EXIT
cd "$place"

rows() { # COUNT EVERY: a table; each EVERYth row has a cell too many
  awk -v count="$1" -v every="$2" 'BEGIN {
    print "id,text,speaker"
    for (n = 1; n <= count; n++) {
      bad = every && n % every == 0 ? ",one,too,many" : ""
      if (n % 4) printf "line_%07d,This is the sentence of row number %d of the table.,0%s\n", n, n, bad
      else printf "line_%07d,\"Well, \"\"said\"\" somebody, this is row number %d, with commas.\",0%s\n", n, n, bad
    }
  }'
}

# Seconds and the peak of memory of a command, as `SECONDS MEGABYTES`.
measured() {
  python3 - "$@" <<'EOF'
import resource, subprocess, sys, time
begin = time.monotonic()
with open("errors", "w") as errors:
    code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=errors).returncode
seconds = time.monotonic() - begin
if code not in (0, 1):
    sys.exit(f"{sys.argv[1]} left with {code}: {open('errors').read()}")
print(f"{seconds:.2f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024}")
EOF
}

add() { CSM_STATE_DIR="$1" measured "$program" add "$2" --batch speed --cast auto --yes; }

rows "$rows" 0 >rows.csv
read -r ours memory < <(add "$place/ours" rows.csv)

# The shell gets an empty database with the same schema, and has to do what the tables ask for: a digest
# of each row, the input as JSON, a job and a line of the batch.
: >nothing.txt
CSM_STATE_DIR="$place/shell" "$program" add nothing.txt --batch speed --cast auto --yes >/dev/null
cat >import.sql <<'EOF'
PRAGMA synchronous = FULL;
PRAGMA temp_store = FILE;
.mode csv
CREATE TEMP TABLE rows (id TEXT, text TEXT, speaker TEXT);
.import --skip 1 --schema temp rows.csv rows
BEGIN IMMEDIATE;
CREATE TEMP TABLE staged AS
  SELECT rowid AS n, id, sha3(text || speaker, 256) AS key, length(text) AS chars,
    json_object('scene', json_array(json_object('speaker_id', speaker + 0, 'text', text))) AS input
  FROM rows;
INSERT INTO job (key, endpoint, input, take, chars, priority, wake_at, created_at, updated_at)
  SELECT key, 'fal-ai/csm-1b', input, 1, chars, 0, 0, 0, 0 FROM staged WHERE true ORDER BY n
  ON CONFLICT (key) DO NOTHING;
INSERT INTO batch_item (batch_id, line, is_numbered, job_id, key, source_file, source_line, created_at)
  SELECT 1, staged.id, 0, job.id, staged.key, 'rows.csv', staged.n + 1, 0
  FROM staged JOIN job ON job.key = staged.key ORDER BY staged.n;
COMMIT;
EOF
cat >shell.sh <<'EOF'
sqlite3 shell/csm.db <import.sql
EOF
read -r theirs _ < <(measured bash shell.sh)

for folder in ours shell; do
  count=$(sqlite3 "$folder/csm.db" 'SELECT count(*) FROM batch_item JOIN job ON job.id = job_id')
  [ "$count" = "$rows" ] || { echo "$folder has $count rows of $rows" >&2; exit 1; }
done

rows 100000 0 >good.csv
rows 100000 200 >bad.csv
read -r good _ < <(add "$place/good" good.csv)
read -r bad _ < <(add "$place/bad" bad.csv)
[ "$(grep -c '^bad.csv:[0-9]*:1: E-FIELD:' errors)" = 500 ] || { echo "not all bad rows are named" >&2; exit 1; }
awk 'NR % 100 == 0 { sub(/row number/, "line number") } { print }' good.csv >edited.csv
mv edited.csv good.csv
read -r again memory_again < <(add "$place/good" good.csv)
edited=$(sqlite3 good/csm.db "SELECT count(*) FROM job WHERE instr(input, 'line number')")
jobs=$(sqlite3 good/csm.db 'SELECT count(*) FROM job')
[ "$edited $jobs" = '1000 100000' ] || { echo "$edited rows edited of $jobs" >&2; exit 1; }

awk -v ours="$ours" -v theirs="$theirs" -v memory="$memory" -v good="$good" -v bad="$bad" -v rows="$rows" \
  -v again="$again" -v memory_again="$memory_again" 'BEGIN {
  printf "%d rows: %.1f s, sqlite3 shell %.1f s: %.2f times; peak %d MB\n", rows, ours, theirs, ours / theirs, memory
  printf "100000 rows: %.2f s, with 500 bad ones %.2f s\n", good, bad
  printf "100000 rows again, 1000 of them edited: %.2f s, peak %d MB\n", again, memory_again
  exit again > 2 * good || memory_again >= 64 || ours > 2.5 * theirs || memory >= 64 || bad > 1.2 * good + 0.2
}'
