-- A line whose audio is bad is spoken again by itself, and what a person chose stays.

-- How many takes of each of its lines csmd may add, and the check for which it adds no more.
ALTER TABLE batch ADD COLUMN rerolls INTEGER NOT NULL DEFAULT 0 CHECK (rerolls >= 0);
ALTER TABLE batch ADD COLUMN rerolls_stopped TEXT;

-- A take that csmd added.
ALTER TABLE job ADD COLUMN is_reroll INTEGER NOT NULL DEFAULT 0 CHECK (is_reroll IN (0, 1));
CREATE INDEX job_reroll ON job (created_at)
  WHERE is_reroll = 1 AND state <> 'STORED' AND state <> 'FAILED' AND state <> 'CANCELLED';

-- A person chose the take that the line is, and no other takes its place.
ALTER TABLE batch_item ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0 CHECK (is_pinned IN (0, 1));
-- The audio that a person heard and found fine.
ALTER TABLE batch_item ADD COLUMN accepted BLOB CHECK (length(accepted) = 32);
