-- What a batch may cost, what is known of each cost, and what a line was before.

-- A budget in millionths of a US dollar; NULL: none. `spent` stands beside it, since a claim must know
-- at once whether there is room: the sum of the costs of all submits of the batch's jobs, kept by the
-- triggers below, and counted anew whenever lines join the batch.
ALTER TABLE batch ADD COLUMN budget INTEGER CHECK (budget >= 0);
ALTER TABLE batch ADD COLUMN spent INTEGER
  CHECK ((spent IS NULL) = (budget IS NULL));
-- Since when the batch's jobs wait because there was no room for the next one, and what that one costs.
ALTER TABLE batch ADD COLUMN exhausted_at INTEGER
  CHECK (exhausted_at IS NULL OR budget IS NOT NULL);
ALTER TABLE batch ADD COLUMN next_cost INTEGER
  CHECK ((next_cost IS NULL) = (exhausted_at IS NULL) AND next_cost >= 0);

CREATE INDEX batch_exhausted ON batch (id) WHERE exhausted_at IS NOT NULL;

-- Whether the cost is known; otherwise it is what was set aside.
ALTER TABLE submission ADD COLUMN is_settled INTEGER NOT NULL DEFAULT 0
  CHECK (is_settled IN (0, 1));

-- The lines of a batch, with the words and takes that they had before: what was sent once stays
-- listed. Made anew, since only one of the rows of a line is the line as it is now.
CREATE TABLE item (
  id          INTEGER PRIMARY KEY,
  batch_id    INTEGER NOT NULL REFERENCES batch (id),
  line        TEXT NOT NULL,
  is_numbered INTEGER NOT NULL CHECK (is_numbered IN (0, 1)),  -- the id was made from the line number
  former      TEXT CHECK (former IN ('edited', 'retaken', 'gone')),  -- why the line is this no more
  job_id      INTEGER NOT NULL REFERENCES job (id),
  -- The key of the job that the author's file asks for; the line's job may be another take of it, or
  -- have words that a person gave to the line by hand.
  key         BLOB NOT NULL CHECK (length(key) = 32),
  is_edited   INTEGER NOT NULL DEFAULT 0 CHECK (is_edited IN (0, 1)),
  text        TEXT,                -- the author's text, where it is not what is sent
  source_file TEXT NOT NULL,
  source_line INTEGER NOT NULL,
  meta        TEXT,                -- what else the author's file says, as JSON
  speaker     TEXT,
  voice       TEXT,
  scene       TEXT,
  turn        INTEGER CHECK (turn >= 1),
  created_at  INTEGER NOT NULL
) STRICT;

INSERT INTO item (
  id, batch_id, line, is_numbered, job_id, key, text, source_file, source_line, meta, speaker, voice,
  scene, turn, created_at)
SELECT batch_item.id, batch_id, line, is_numbered, job_id, job.key, text, source_file, source_line,
  meta, speaker, voice, scene, turn, batch_item.created_at
FROM batch_item
JOIN job ON job.id = batch_item.job_id;

DROP TABLE batch_item;
ALTER TABLE item RENAME TO batch_item;

CREATE UNIQUE INDEX batch_item_line ON batch_item (batch_id, line) WHERE former IS NULL;
CREATE INDEX batch_item_former ON batch_item (batch_id, line) WHERE former IS NOT NULL;
CREATE INDEX batch_item_job ON batch_item (job_id, batch_id, former);
CREATE INDEX batch_item_batch ON batch_item (batch_id, job_id, former);

CREATE TRIGGER submission_reserved AFTER INSERT ON submission
BEGIN
  UPDATE batch
  SET spent = spent + NEW.cost
  WHERE budget IS NOT NULL
    AND id IN (SELECT batch_id FROM batch_item WHERE job_id = NEW.job_id);
END;

CREATE TRIGGER submission_settled AFTER UPDATE OF cost ON submission
BEGIN
  UPDATE batch
  SET spent = spent - OLD.cost + NEW.cost
  WHERE budget IS NOT NULL
    AND id IN (SELECT batch_id FROM batch_item WHERE job_id = NEW.job_id);
END;
