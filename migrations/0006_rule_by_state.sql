-- The same table under the same rules, which stand by state now. An IN of more than two values makes
-- SQLite build a b-tree in each statement that writes a row, and that took longer than all the rest of
-- the statement; a CASE compares in place.

CREATE TABLE new_job (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  key           BLOB NOT NULL UNIQUE CHECK (length(key) = 32),  -- SHA-256 of endpoint, input and take
  endpoint      TEXT NOT NULL,
  input         TEXT NOT NULL,                                -- fal's input, as JSON
  take          INTEGER NOT NULL CHECK (take >= 1),
  chars         INTEGER NOT NULL CHECK (chars >= 0),
  priority      INTEGER NOT NULL DEFAULT 0,                     -- higher goes first
  state         TEXT NOT NULL DEFAULT 'QUEUED',
  generation    INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0),
  submits       INTEGER NOT NULL DEFAULT 0 CHECK (submits >= 0),
  attempts      INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  deferrals     INTEGER NOT NULL DEFAULT 0 CHECK (deferrals >= 0),
  cancel_wanted INTEGER NOT NULL DEFAULT 0 CHECK (cancel_wanted IN (0, 1)),
  wake_at       INTEGER,             -- QUEUED: due from then on
  intent_at     INTEGER,             -- SUBMITTING, UNKNOWN: when the POST was to leave
  unknown_since INTEGER,             -- UNKNOWN: looked for since then
  request_id    TEXT,
  status_url    TEXT,
  response_url  TEXT,
  cancel_url    TEXT,
  accepted_at   INTEGER,
  result        TEXT,                -- the result's JSON, until the audio is in the store
  digest        BLOB REFERENCES object (digest),
  error_class   TEXT,
  error         TEXT,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  finished_at   INTEGER,
  -- Why a queued job may not be claimed yet: it waits for the audio of turns before it, or for room in
  -- its batch's budget. NULL: for nothing.
  waits_for     TEXT
    CHECK (waits_for IS NULL OR (waits_for IN ('turns', 'budget') AND state = 'QUEUED')),
  -- The input of a turn that needs others, as it was added: clips of theirs stand in it as `job:` and
  -- the job's key. The input proper is made of it when the last of them has ended.
  template      TEXT CHECK (waits_for IS NOT 'turns' OR template IS NOT NULL),

  CHECK (CASE state
    WHEN 'QUEUED'      THEN request_id IS NULL AND finished_at IS NULL
    WHEN 'SUBMITTING'  THEN request_id IS NULL AND finished_at IS NULL
    WHEN 'UNKNOWN'     THEN request_id IS NULL AND finished_at IS NULL
    WHEN 'IN_QUEUE'    THEN request_id IS NOT NULL AND finished_at IS NULL
    WHEN 'IN_PROGRESS' THEN request_id IS NOT NULL AND finished_at IS NULL
    WHEN 'COMPLETED'   THEN request_id IS NOT NULL AND finished_at IS NULL
    WHEN 'STORED'      THEN request_id IS NOT NULL AND finished_at IS NOT NULL
    WHEN 'FAILED'      THEN finished_at IS NOT NULL
    WHEN 'CANCELLED'   THEN finished_at IS NOT NULL
    WHEN 'HELD'        THEN finished_at IS NOT NULL
    ELSE 0
  END),
  CHECK ((state = 'QUEUED') = (wake_at IS NOT NULL)),
  CHECK ((state IN ('SUBMITTING', 'UNKNOWN')) = (intent_at IS NOT NULL)),
  CHECK ((state = 'UNKNOWN') = (unknown_since IS NOT NULL)),
  CHECK ((request_id IS NULL) = (accepted_at IS NULL)),
  CHECK (request_id IS NOT NULL OR coalesce(status_url, response_url, cancel_url) IS NULL),
  CHECK (state <> 'COMPLETED' OR result IS NOT NULL),
  CHECK (result IS NULL OR (state IN ('COMPLETED', 'HELD') AND request_id IS NOT NULL)),
  CHECK ((state = 'STORED') = (digest IS NOT NULL)),
  CHECK (state NOT IN ('FAILED', 'HELD') OR (error_class IS NOT NULL AND error IS NOT NULL))
) STRICT;

INSERT INTO new_job SELECT * FROM job;
-- Numbers of jobs that are gone stay used.
DELETE FROM sqlite_sequence WHERE name = 'new_job';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_job', seq FROM sqlite_sequence WHERE name = 'job';
DROP TABLE job;
ALTER TABLE new_job RENAME TO job;

CREATE INDEX job_line ON job (priority DESC, id, wake_at)
  WHERE state = 'QUEUED' AND waits_for IS NULL;
CREATE INDEX job_wake ON job (wake_at) WHERE state = 'QUEUED' AND waits_for IS NULL;
CREATE INDEX job_waits ON job (waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX job_state ON job (state, id);
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_digest ON job (digest) WHERE digest IS NOT NULL;

-- And the sums of budgets are touched only where there is one.
DROP TRIGGER submission_reserved;
CREATE TRIGGER submission_reserved AFTER INSERT ON submission
WHEN EXISTS (
  SELECT 1
  FROM batch_item
  CROSS JOIN batch ON batch.id = batch_item.batch_id
  WHERE batch_item.job_id = NEW.job_id AND batch.budget IS NOT NULL)
BEGIN
  UPDATE batch
  SET spent = spent + NEW.cost
  WHERE budget IS NOT NULL
    AND id IN (SELECT batch_id FROM batch_item WHERE job_id = NEW.job_id);
END;

DROP TRIGGER submission_settled;
CREATE TRIGGER submission_settled AFTER UPDATE OF cost ON submission
WHEN EXISTS (
  SELECT 1
  FROM batch_item
  CROSS JOIN batch ON batch.id = batch_item.batch_id
  WHERE batch_item.job_id = NEW.job_id AND batch.budget IS NOT NULL)
BEGIN
  UPDATE batch
  SET spent = spent - OLD.cost + NEW.cost
  WHERE budget IS NOT NULL
    AND id IN (SELECT batch_id FROM batch_item WHERE job_id = NEW.job_id);
END;
