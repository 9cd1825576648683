-- Voices, the uploads of their clips, jobs that wait for others, and where a line comes from in its
-- script.

-- A voice under a name: a clip in the store, and the exact words spoken in it. A name may be taken away
-- and given again; jobs keep the clip and the words that were frozen into them.
CREATE TABLE voice (
  name       TEXT PRIMARY KEY COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 64),
  clip       BLOB NOT NULL REFERENCES object (digest),
  transcript TEXT NOT NULL CHECK (length(transcript) > 0),
  consent    TEXT,                -- what the author says of the speaker's consent
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every URL of fal's storage that a file of ours was uploaded to. Rows stay: they tell later which file
-- a URL in fal's listing stands for.
CREATE TABLE upload (
  url         TEXT PRIMARY KEY,
  digest      BLOB NOT NULL REFERENCES object (digest),
  uploaded_at INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL CHECK (expires_at > uploaded_at),
  dead_at     INTEGER             -- fal could not read it any more
) STRICT, WITHOUT ROWID;

CREATE INDEX upload_digest ON upload (digest, expires_at) WHERE dead_at IS NULL;

-- Why a queued job may not be claimed yet: it waits for the audio of turns before it, or for room in
-- its batch's budget. NULL: for nothing.
ALTER TABLE job ADD COLUMN waits_for TEXT
  CHECK (waits_for IS NULL OR (waits_for IN ('turns', 'budget') AND state = 'QUEUED'));
-- The input of a turn that needs others, as it was added: clips of theirs stand in it as `job:` and the
-- job's key. The input proper is made of it when the last of them has ended.
ALTER TABLE job ADD COLUMN template TEXT
  CHECK (waits_for IS NOT 'turns' OR template IS NOT NULL);

-- Which turns a turn needs, the oldest first.
CREATE TABLE job_need (
  job_id   INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  ordinal  INTEGER NOT NULL CHECK (ordinal >= 0),
  -- Deferred, so that a chain whose lines are all gone can go in one statement.
  needs_id INTEGER NOT NULL REFERENCES job (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (job_id, ordinal),
  CHECK (needs_id <> job_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_need_of ON job_need (needs_id);

-- What waits for others is in no line, and so in nobody's way.
DROP INDEX job_line;
DROP INDEX job_wake;
CREATE INDEX job_line ON job (priority DESC, id, wake_at)
  WHERE state = 'QUEUED' AND waits_for IS NULL;
CREATE INDEX job_wake ON job (wake_at) WHERE state = 'QUEUED' AND waits_for IS NULL;
CREATE INDEX job_waits ON job (waits_for) WHERE waits_for IS NOT NULL;

-- A line in its script: who speaks it, in which voice, and its turn in its scene.
ALTER TABLE batch_item ADD COLUMN speaker TEXT;
ALTER TABLE batch_item ADD COLUMN voice TEXT;
ALTER TABLE batch_item ADD COLUMN scene TEXT;
ALTER TABLE batch_item ADD COLUMN turn INTEGER CHECK (turn >= 1);
