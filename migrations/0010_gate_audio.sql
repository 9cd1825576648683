-- The same table with one gate more, `audio`: what is paid for brings no audio that can be used.

CREATE TABLE new_gate (
  name     TEXT PRIMARY KEY CHECK (name IN (
             'auth', 'balance', 'outage', 'rate', 'budget', 'disk', 'audio', 'hours', 'paused')),
  reason   TEXT NOT NULL,
  since    INTEGER NOT NULL,
  probe_at INTEGER,
  gap_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO new_gate SELECT name, reason, since, probe_at, gap_ms FROM gate;
DROP TABLE gate;
ALTER TABLE new_gate RENAME TO gate;
