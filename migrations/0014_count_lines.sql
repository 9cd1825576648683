-- Where each batch stands, counted as rows are written: among a million lines, counting takes a second,
-- and people look each second.

-- Lines and jobs of a batch whose job rests: it waits here (QUEUED), or has ended (STORED, FAILED, CANCELLED,
-- HELD). Those between, a few hundred at any time, are counted when somebody asks.
CREATE TABLE tally (
  batch_id  INTEGER NOT NULL,
  state     TEXT NOT NULL,
  waits_for TEXT NOT NULL,     -- the job's; '' for nothing
  added_at  INTEGER NOT NULL,  -- of what is QUEUED, when the job was added; 0 for what has ended
  lines     INTEGER NOT NULL,  -- as they are now
  jobs      INTEGER NOT NULL,  -- each once, those of former words and takes too
  chars     INTEGER NOT NULL,  -- of these jobs
  PRIMARY KEY (batch_id, state, waits_for, added_at)
) STRICT, WITHOUT ROWID;

-- What all submits of the batch's jobs cost.
ALTER TABLE batch ADD COLUMN cost INTEGER NOT NULL DEFAULT 0;

-- All jobs together, each once, whichever batches have it.
CREATE TABLE total (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  jobs   INTEGER NOT NULL,
  queued INTEGER NOT NULL,     -- those that are QUEUED
  chars  INTEGER NOT NULL,     -- of these
  cost   INTEGER NOT NULL,     -- of all submits
  -- Within the transaction of an addition: jobs behind this one are new, and the addition counts them and
  -- their lines at once, which takes a fifth of the time. NULL outside of it.
  adding_after INTEGER
) STRICT;

INSERT INTO tally (batch_id, state, waits_for, added_at, lines, jobs, chars)
SELECT wanted.batch_id, job.state, coalesce(job.waits_for, ''),
  iif(job.state = 'QUEUED', job.created_at, 0), sum(wanted.lines), count(*), sum(min(job.chars, 1000000000000))
FROM (
  SELECT batch_id, job_id, count(*) FILTER (WHERE former IS NULL) AS lines
  FROM batch_item
  GROUP BY batch_id, job_id) AS wanted
CROSS JOIN job ON job.id = wanted.job_id
WHERE job.state = 'QUEUED' OR job.finished_at IS NOT NULL
GROUP BY 1, 2, 3, 4;

UPDATE batch
SET cost = (
  SELECT coalesce(sum(min(submission.cost, 1000000000000)), 0)
  FROM (SELECT DISTINCT job_id FROM batch_item WHERE batch_id = batch.id) AS wanted
  CROSS JOIN submission ON submission.job_id = wanted.job_id);

INSERT INTO total (id, jobs, queued, chars, cost)
SELECT 1, count(*), count(*) FILTER (WHERE state = 'QUEUED'),
  coalesce(sum(min(chars, 1000000000000)) FILTER (WHERE state = 'QUEUED'), 0),
  (SELECT coalesce(sum(min(cost, 1000000000000)), 0) FROM submission)
FROM job;

-- A line comes, goes, or has another job: a job counts while the batch has any line of it.
CREATE TRIGGER tally_line_added AFTER INSERT ON batch_item
WHEN NEW.job_id <= coalesce((SELECT adding_after FROM total), NEW.job_id)
BEGIN
  INSERT INTO tally (batch_id, state, waits_for, added_at, lines, jobs, chars)
  SELECT NEW.batch_id, state, coalesce(waits_for, ''), iif(state = 'QUEUED', created_at, 0),
    (NEW.former IS NULL), counts, counts * min(chars, 1000000000000)
  FROM job CROSS JOIN (SELECT NOT EXISTS (
      SELECT 1 FROM batch_item WHERE job_id = NEW.job_id AND batch_id = NEW.batch_id AND id <> NEW.id) AS counts)
  WHERE job.id = NEW.job_id AND (state = 'QUEUED' OR finished_at IS NOT NULL)
  ON CONFLICT DO UPDATE
  SET lines = CAST(lines + excluded.lines AS INTEGER), jobs = CAST(jobs + excluded.jobs AS INTEGER),
    chars = CAST(chars + excluded.chars AS INTEGER);
END;

CREATE TRIGGER tally_line_gone AFTER DELETE ON batch_item
BEGIN
  INSERT INTO tally (batch_id, state, waits_for, added_at, lines, jobs, chars)
  SELECT OLD.batch_id, state, coalesce(waits_for, ''), iif(state = 'QUEUED', created_at, 0),
    -(OLD.former IS NULL), -counts, -counts * min(chars, 1000000000000)
  FROM job CROSS JOIN (SELECT NOT EXISTS (
      SELECT 1 FROM batch_item WHERE job_id = OLD.job_id AND batch_id = OLD.batch_id) AS counts)
  WHERE job.id = OLD.job_id AND (state = 'QUEUED' OR finished_at IS NOT NULL)
  ON CONFLICT DO UPDATE
  SET lines = CAST(lines + excluded.lines AS INTEGER), jobs = CAST(jobs + excluded.jobs AS INTEGER),
    chars = CAST(chars + excluded.chars AS INTEGER);
END;

CREATE TRIGGER tally_line_changed AFTER UPDATE OF job_id, batch_id, former ON batch_item
BEGIN
  INSERT INTO tally (batch_id, state, waits_for, added_at, lines, jobs, chars)
  SELECT OLD.batch_id, state, coalesce(waits_for, ''), iif(state = 'QUEUED', created_at, 0),
    -(OLD.former IS NULL), -counts, -counts * min(chars, 1000000000000)
  FROM job CROSS JOIN (SELECT NOT EXISTS (
      SELECT 1 FROM batch_item WHERE job_id = OLD.job_id AND batch_id = OLD.batch_id) AS counts)
  WHERE job.id = OLD.job_id AND (state = 'QUEUED' OR finished_at IS NOT NULL)
  ON CONFLICT DO UPDATE
  SET lines = CAST(lines + excluded.lines AS INTEGER), jobs = CAST(jobs + excluded.jobs AS INTEGER),
    chars = CAST(chars + excluded.chars AS INTEGER);
  INSERT INTO tally (batch_id, state, waits_for, added_at, lines, jobs, chars)
  SELECT NEW.batch_id, state, coalesce(waits_for, ''), iif(state = 'QUEUED', created_at, 0),
    (NEW.former IS NULL), counts, counts * min(chars, 1000000000000)
  FROM job CROSS JOIN (SELECT NOT (OLD.job_id = NEW.job_id AND OLD.batch_id = NEW.batch_id) AND NOT EXISTS (
      SELECT 1 FROM batch_item WHERE job_id = NEW.job_id AND batch_id = NEW.batch_id AND id <> NEW.id) AS counts)
  WHERE job.id = NEW.job_id AND (state = 'QUEUED' OR finished_at IS NOT NULL)
  ON CONFLICT DO UPDATE
  SET lines = CAST(lines + excluded.lines AS INTEGER), jobs = CAST(jobs + excluded.jobs AS INTEGER),
    chars = CAST(chars + excluded.chars AS INTEGER);
END;

CREATE TRIGGER tally_cost_joins AFTER INSERT ON batch_item
WHEN NEW.job_id <= coalesce((SELECT adding_after FROM total), NEW.job_id)
  AND EXISTS (SELECT 1 FROM submission WHERE job_id = NEW.job_id)
  AND NOT EXISTS (
      SELECT 1 FROM batch_item WHERE job_id = NEW.job_id AND batch_id = NEW.batch_id AND id <> NEW.id)
BEGIN
  UPDATE batch
  SET cost = CAST(cost + (
    SELECT coalesce(sum(min(cost, 1000000000000)), 0) FROM submission WHERE job_id = NEW.job_id) AS INTEGER)
  WHERE id = NEW.batch_id;
END;

CREATE TRIGGER tally_cost_leaves AFTER DELETE ON batch_item
WHEN NOT EXISTS (
      SELECT 1 FROM batch_item WHERE job_id = OLD.job_id AND batch_id = OLD.batch_id)
BEGIN
  UPDATE batch
  SET cost = CAST(cost - (
    SELECT coalesce(sum(min(cost, 1000000000000)), 0) FROM submission WHERE job_id = OLD.job_id) AS INTEGER)
  WHERE id = OLD.batch_id;
END;

CREATE TRIGGER tally_cost_leaves_line AFTER UPDATE OF job_id, batch_id ON batch_item
WHEN NOT EXISTS (
      SELECT 1 FROM batch_item WHERE job_id = OLD.job_id AND batch_id = OLD.batch_id)
BEGIN
  UPDATE batch
  SET cost = CAST(cost - (
    SELECT coalesce(sum(min(cost, 1000000000000)), 0) FROM submission WHERE job_id = OLD.job_id) AS INTEGER)
  WHERE id = OLD.batch_id;
END;

CREATE TRIGGER tally_cost_joins_line AFTER UPDATE OF job_id, batch_id ON batch_item
WHEN NOT (OLD.job_id = NEW.job_id AND OLD.batch_id = NEW.batch_id)
  AND NOT EXISTS (
      SELECT 1 FROM batch_item WHERE job_id = NEW.job_id AND batch_id = NEW.batch_id AND id <> NEW.id)
BEGIN
  UPDATE batch
  SET cost = CAST(cost + (
    SELECT coalesce(sum(min(cost, 1000000000000)), 0) FROM submission WHERE job_id = NEW.job_id) AS INTEGER)
  WHERE id = NEW.batch_id;
END;

-- A job comes to rest, or is at work again.
CREATE TRIGGER tally_job_left AFTER UPDATE OF state, waits_for, created_at, chars ON job
WHEN (OLD.state = 'QUEUED' OR OLD.finished_at IS NOT NULL)
  AND (OLD.state <> NEW.state OR OLD.waits_for IS NOT NEW.waits_for OR OLD.chars <> NEW.chars
    OR OLD.created_at <> NEW.created_at)
BEGIN
  INSERT INTO tally (batch_id, state, waits_for, added_at, lines, jobs, chars)
  SELECT batch_id, OLD.state, coalesce(OLD.waits_for, ''),
    iif(OLD.state = 'QUEUED', OLD.created_at, 0), -count(*) FILTER (WHERE former IS NULL), -1,
    -min(OLD.chars, 1000000000000)
  FROM batch_item
  WHERE job_id = OLD.id
  GROUP BY batch_id
  ON CONFLICT DO UPDATE
  SET lines = CAST(lines + excluded.lines AS INTEGER), jobs = CAST(jobs + excluded.jobs AS INTEGER),
    chars = CAST(chars + excluded.chars AS INTEGER);
END;

CREATE TRIGGER tally_job_came AFTER UPDATE OF state, waits_for, created_at, chars ON job
WHEN (NEW.state = 'QUEUED' OR NEW.finished_at IS NOT NULL)
  AND (OLD.state <> NEW.state OR OLD.waits_for IS NOT NEW.waits_for OR OLD.chars <> NEW.chars
    OR OLD.created_at <> NEW.created_at)
BEGIN
  INSERT INTO tally (batch_id, state, waits_for, added_at, lines, jobs, chars)
  SELECT batch_id, NEW.state, coalesce(NEW.waits_for, ''),
    iif(NEW.state = 'QUEUED', NEW.created_at, 0), count(*) FILTER (WHERE former IS NULL), 1,
    min(NEW.chars, 1000000000000)
  FROM batch_item
  WHERE job_id = NEW.id
  GROUP BY batch_id
  ON CONFLICT DO UPDATE
  SET lines = CAST(lines + excluded.lines AS INTEGER), jobs = CAST(jobs + excluded.jobs AS INTEGER),
    chars = CAST(chars + excluded.chars AS INTEGER);
END;

CREATE TRIGGER total_job_added AFTER INSERT ON job
WHEN NEW.id <= coalesce((SELECT adding_after FROM total), NEW.id)
BEGIN
  UPDATE total
  SET jobs = CAST(jobs + 1 AS INTEGER), queued = CAST(queued + (NEW.state = 'QUEUED') AS INTEGER),
    chars = CAST(chars + (NEW.state = 'QUEUED') * min(NEW.chars, 1000000000000) AS INTEGER);
END;

CREATE TRIGGER total_job_gone AFTER DELETE ON job
BEGIN
  UPDATE total
  SET jobs = CAST(jobs - 1 AS INTEGER), queued = CAST(queued - (OLD.state = 'QUEUED') AS INTEGER),
    chars = CAST(chars - (OLD.state = 'QUEUED') * min(OLD.chars, 1000000000000) AS INTEGER);
END;

CREATE TRIGGER total_job_changed AFTER UPDATE OF state, chars ON job
WHEN (OLD.state = 'QUEUED' OR NEW.state = 'QUEUED') AND (OLD.state <> NEW.state OR OLD.chars <> NEW.chars)
BEGIN
  UPDATE total
  SET queued = CAST(queued - (OLD.state = 'QUEUED') + (NEW.state = 'QUEUED') AS INTEGER),
    chars = CAST(
      chars - (OLD.state = 'QUEUED') * min(OLD.chars, 1000000000000)
        + (NEW.state = 'QUEUED') * min(NEW.chars, 1000000000000) AS INTEGER);
END;

-- A submit is made, or what it costs becomes known.
CREATE TRIGGER tally_cost_made AFTER INSERT ON submission
BEGIN
  UPDATE total SET cost = CAST(cost + min(NEW.cost, 1000000000000) AS INTEGER);
  UPDATE batch
  SET cost = CAST(cost + min(NEW.cost, 1000000000000) AS INTEGER)
  WHERE id IN (SELECT batch_id FROM batch_item WHERE job_id = NEW.job_id);
END;

CREATE TRIGGER tally_cost_known AFTER UPDATE OF cost ON submission
BEGIN
  UPDATE total SET cost = CAST(cost - min(OLD.cost, 1000000000000) + min(NEW.cost, 1000000000000) AS INTEGER);
  UPDATE batch
  SET cost = CAST(cost - min(OLD.cost, 1000000000000) + min(NEW.cost, 1000000000000) AS INTEGER)
  WHERE id IN (SELECT batch_id FROM batch_item WHERE job_id = NEW.job_id);
END;

CREATE TRIGGER tally_cost_gone AFTER DELETE ON submission
BEGIN
  UPDATE total SET cost = CAST(cost - min(OLD.cost, 1000000000000) AS INTEGER);
  UPDATE batch
  SET cost = CAST(cost - min(OLD.cost, 1000000000000) AS INTEGER)
  WHERE id IN (SELECT batch_id FROM batch_item WHERE job_id = OLD.job_id);
END;

-- What counts nothing goes.
CREATE TRIGGER tally_empty AFTER UPDATE ON tally
WHEN NEW.lines = 0 AND NEW.jobs = 0
BEGIN
  DELETE FROM tally
  WHERE batch_id = NEW.batch_id AND state = NEW.state AND waits_for = NEW.waits_for
    AND added_at = NEW.added_at;
END;

-- Lists go from batch to batch, and through each as it was added.
CREATE INDEX batch_item_order ON batch_item (batch_id DESC) WHERE former IS NULL;
-- Why lines failed, are held or do not get on.
CREATE INDEX job_trouble ON job (state, error_class) WHERE error_class IS NOT NULL;
-- The takes that csmd added.
CREATE INDEX job_added ON job (is_reroll) WHERE is_reroll = 1;
