"""Adding lines: `csm-enqueue add`, the sqlite3 shell, huey and litequeue."""

import json
import os
import pathlib
import sqlite3
import subprocess

import rows
from nights import HERE, environment, measured

# The shell fills the same tables in an empty database: a digest of each row, the input as JSON, a job and a
# line of the batch.
IMPORT = """
PRAGMA synchronous = FULL;
PRAGMA temp_store = FILE;
.mode csv
CREATE TEMP TABLE rows (id TEXT, text TEXT, speaker TEXT);
.import --skip 1 --schema temp {table} rows
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
"""


class Table:
    """A state directory in `folder`, and csm-enqueue on it."""

    def __init__(self, programs, folder):
        os.makedirs(folder)
        self.program = f"{programs}/csm-enqueue"
        self.folder = folder
        self.own = environment(folder, {})

    def run(self, *arguments, codes=(0,)):
        return measured([self.program, *arguments], self.own, f"{self.folder}/output", codes)

    def add(self, file, codes=(0,)):
        return self.run("add", file, "--batch", "speed", "--cast", "auto", "--yes", codes=codes)

    def number(self, sql):
        with sqlite3.connect(f"file:{self.folder}/state/csm.db?mode=ro", uri=True) as table:
            return table.execute(sql).fetchone()[0]

    def expect(self, sql, wanted):
        if (found := self.number(sql)) != wanted:
            raise SystemExit(f"{found} instead of {wanted}: {sql}")


def ours(programs, folder, count):
    """Adds `count` lines to a new table; returns the table and what it took."""
    rows.write(f"{folder}/rows.csv", count)
    table = Table(programs, f"{folder}/ours-{count}")
    took = table.add(f"{folder}/rows.csv")
    table.expect("SELECT count(*) FROM batch_item JOIN job ON job.id = job_id", count)
    return table, took


def shell(programs, folder, count):
    """Adds the rows of `ours` with the sqlite3 shell."""
    table = Table(programs, f"{folder}/shell-{count}")
    pathlib.Path(f"{folder}/none.txt").touch()
    table.add(f"{folder}/none.txt")
    script = f"{table.folder}/import.sql"
    pathlib.Path(script).write_text(IMPORT.format(table=f"{folder}/rows.csv"))
    took = measured(["sh", "-c", f"exec sqlite3 {table.folder}/state/csm.db <{script}"],
                    table.own, f"{table.folder}/output")
    table.expect("SELECT count(*) FROM batch_item JOIN job ON job.id = job_id", count)
    return took


def peer(python, name, folder, count):
    """Adds and claims with huey or litequeue; returns the seconds a line of each."""
    command = [python, str(HERE / "peers.py"), name, str(count), folder]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def bad_rows(programs, folder, count, every=200):
    """Adds a file with bad rows; each must be reported."""
    rows.write(f"{folder}/bad.csv", count, bad_every=every)
    table = Table(programs, f"{folder}/bad-{count}")
    took = table.add(f"{folder}/bad.csv", codes=(1,))
    named = pathlib.Path(f"{table.folder}/output").read_text().count(":1: E-FIELD:")
    if named != count // every:
        raise SystemExit(f"{named} bad rows are reported of {count // every}")
    return took


def edited(table, folder, count, every=100):
    """Adds the rows of `ours` again, some of them edited; only those may be new."""
    rows.write(f"{folder}/rows.csv", count, edit_every=every)
    took = table.add(f"{folder}/rows.csv")
    table.expect("SELECT count(*) FROM job WHERE instr(input, 'line number')", count // every)
    table.expect("SELECT count(*) FROM job", count)
    return took
