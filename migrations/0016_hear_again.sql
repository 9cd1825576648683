-- Audio that is judged again, and who waits for that.

-- How many of the batch's jobs had audio when all of it was last judged together. What came before this
-- version is not judged again.
ALTER TABLE batch ADD COLUMN heard_jobs INTEGER NOT NULL DEFAULT 0 CHECK (heard_jobs >= 0);

UPDATE batch
SET heard_jobs = (
  SELECT coalesce(max(0, sum(jobs)), 0) FROM tally WHERE batch_id = batch.id AND state = 'STORED');

-- The last step of `transition` of which csmd has asked the judge; no row where it has no judge, or a broken
-- one, so that nobody waits for it.
CREATE TABLE judging (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  step INTEGER NOT NULL
) STRICT;
