-- What one pass over the samples showed when the audio was stored; NULL where they were not looked at.
ALTER TABLE object ADD COLUMN level REAL CHECK (level >= 0);      -- root mean square; full scale is 1
ALTER TABLE object ADD COLUMN pause_ms INTEGER CHECK (pause_ms >= 0);  -- the longest silence within
ALTER TABLE object ADD COLUMN tail_ms INTEGER CHECK (tail_ms >= 0);    -- the silence at the end
ALTER TABLE object ADD COLUMN clipped REAL CHECK (clipped >= 0);  -- the share of samples at full scale

-- Which jobs came to the same bytes.
CREATE INDEX job_digest ON job (digest) WHERE digest IS NOT NULL;
