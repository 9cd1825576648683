-- The job table and what belongs to it. Times are milliseconds since 1970 UTC, money is millionths of
-- a US dollar. The CHECKs repeat the state machine's promises, so that a row which breaks one cannot
-- exist, whoever writes it.

PRAGMA application_id = 0x43534D31;  -- "CSM1": how a foreign database is told from ours

-- One thing to be spoken, paid for at most once. Ended rows stay: they are the memory against paying
-- twice.
CREATE TABLE job (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  key           BLOB NOT NULL UNIQUE CHECK (length(key) = 32),  -- SHA-256 of endpoint, input and take
  endpoint      TEXT NOT NULL,
  input         TEXT NOT NULL,                                -- fal's input, as JSON
  take          INTEGER NOT NULL CHECK (take >= 1),
  chars         INTEGER NOT NULL CHECK (chars >= 0),
  priority      INTEGER NOT NULL DEFAULT 0,                     -- higher goes first
  state         TEXT NOT NULL DEFAULT 'QUEUED' CHECK (state IN (
                  'QUEUED', 'SUBMITTING', 'UNKNOWN', 'IN_QUEUE', 'IN_PROGRESS', 'COMPLETED',
                  'STORED', 'FAILED', 'CANCELLED', 'HELD')),
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

  CHECK ((state = 'QUEUED') = (wake_at IS NOT NULL)),
  CHECK ((state IN ('SUBMITTING', 'UNKNOWN')) = (intent_at IS NOT NULL)),
  CHECK ((state = 'UNKNOWN') = (unknown_since IS NOT NULL)),
  CHECK (state NOT IN ('QUEUED', 'SUBMITTING', 'UNKNOWN') OR request_id IS NULL),
  CHECK (state NOT IN ('IN_QUEUE', 'IN_PROGRESS', 'COMPLETED', 'STORED')
    OR request_id IS NOT NULL),
  CHECK ((request_id IS NULL) = (accepted_at IS NULL)),
  CHECK (request_id IS NOT NULL OR coalesce(status_url, response_url, cancel_url) IS NULL),
  CHECK (state <> 'COMPLETED' OR result IS NOT NULL),
  CHECK (result IS NULL OR (state IN ('COMPLETED', 'HELD') AND request_id IS NOT NULL)),
  CHECK ((state = 'STORED') = (digest IS NOT NULL)),
  CHECK (state NOT IN ('FAILED', 'HELD') OR (error_class IS NOT NULL AND error IS NOT NULL)),
  CHECK ((state IN ('STORED', 'FAILED', 'CANCELLED', 'HELD')) = (finished_at IS NOT NULL))
) STRICT;

-- The line in which jobs wait, with what passes over those that were put off, and when the first of
-- these is due.
CREATE INDEX job_line ON job (priority DESC, id, wake_at) WHERE state = 'QUEUED';
CREATE INDEX job_wake ON job (wake_at) WHERE state = 'QUEUED';
-- What the daemon works on, and counts and lists by state.
CREATE INDEX job_state ON job (state, id);
-- What ended lately: the pace of the work.
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;

-- Every POST that was made or meant, with what it costs: reserved before it leaves, settled when
-- fal's figure is known, zero where nothing was accepted.
CREATE TABLE submission (
  job_id     INTEGER NOT NULL REFERENCES job (id),
  generation INTEGER NOT NULL,
  intent_at  INTEGER NOT NULL,
  request_id TEXT UNIQUE,
  cost       INTEGER NOT NULL CHECK (cost >= 0),
  PRIMARY KEY (job_id, generation)
) STRICT, WITHOUT ROWID;

CREATE INDEX submission_time ON submission (intent_at, cost);

-- The objects in the store, named by the SHA-256 of their bytes.
CREATE TABLE object (
  digest      BLOB PRIMARY KEY CHECK (length(digest) = 32),
  bytes       INTEGER NOT NULL CHECK (bytes > 0),
  media_type  TEXT NOT NULL,
  duration_ms INTEGER,
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The history of each job.
CREATE TABLE transition (
  id          INTEGER PRIMARY KEY,
  job_id      INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  at          INTEGER NOT NULL,
  from_state  TEXT NOT NULL,
  to_state    TEXT NOT NULL,
  generation  INTEGER NOT NULL,
  cause       TEXT NOT NULL,
  request_id  TEXT,
  error_class TEXT,
  error       TEXT
) STRICT;

CREATE INDEX transition_job ON transition (job_id, id);

-- What a person added under one name.
CREATE TABLE batch (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
  line_width INTEGER NOT NULL DEFAULT 1,  -- digits of the line ids that were made from line numbers
  created_at INTEGER NOT NULL
) STRICT;

-- The lines of a batch. Lines with equal words share a job.
CREATE TABLE batch_item (
  id          INTEGER PRIMARY KEY,
  batch_id    INTEGER NOT NULL REFERENCES batch (id),
  line        TEXT NOT NULL,
  is_numbered INTEGER NOT NULL CHECK (is_numbered IN (0, 1)),  -- the id was made from the line number
  job_id      INTEGER NOT NULL REFERENCES job (id),
  text        TEXT,                -- the author's text, where it is not what is sent
  source_file TEXT NOT NULL,
  source_line INTEGER NOT NULL,
  meta        TEXT,                -- what else the author's file says, as JSON
  created_at  INTEGER NOT NULL,
  UNIQUE (batch_id, line)
) STRICT;

CREATE INDEX batch_item_job ON batch_item (job_id);
CREATE INDEX batch_item_batch ON batch_item (batch_id, job_id);

-- The closed gates: nothing is submitted while one is here.
CREATE TABLE gate (
  name     TEXT PRIMARY KEY CHECK (name IN (
             'auth', 'balance', 'outage', 'rate', 'budget', 'disk', 'hours', 'paused')),
  reason   TEXT NOT NULL,
  since    INTEGER NOT NULL,
  probe_at INTEGER,
  gap_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
