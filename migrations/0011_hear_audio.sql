-- What one pass over the samples shows, by which the checks of audio are judged: other limits need no other
-- look at it. An object is measured where `samples` is not NULL; the figures of older rows (`level`,
-- `pause_ms`, `tail_ms`, `clipped`) were made by other rules, and count as none until `verify --measure`.
-- Levels are in decibels, silence is told by the recording's own levels.
ALTER TABLE object ADD COLUMN samples INTEGER;        -- a hash of the samples, whatever else the file holds
ALTER TABLE object ADD COLUMN mean REAL;              -- of all samples; full scale is 1
ALTER TABLE object ADD COLUMN speech_db REAL;         -- what the loudest twentieth reaches, of full scale
ALTER TABLE object ADD COLUMN floor_db REAL;          -- below it is a tenth, of full scale
ALTER TABLE object ADD COLUMN timbre_db REAL;         -- from dull sounds to bright ones
ALTER TABLE object ADD COLUMN sound_ms INTEGER CHECK (sound_ms >= 0);
ALTER TABLE object ADD COLUMN span_ms INTEGER CHECK (span_ms >= 0);  -- from the first sound to the last
ALTER TABLE object ADD COLUMN lead_ms INTEGER CHECK (lead_ms >= 0);  -- the silence before
ALTER TABLE object ADD COLUMN even_tail_ms INTEGER CHECK (even_tail_ms >= 0);  -- an even noise at the end
ALTER TABLE object ADD COLUMN even_tail_db REAL;      -- its level beside the speech's
ALTER TABLE object ADD COLUMN end_db REAL;            -- the last 10 ms beside the speech
ALTER TABLE object ADD COLUMN repeat_ms INTEGER CHECK (repeat_ms >= 0);  -- what is heard once more
ALTER TABLE object ADD COLUMN repeat_after_ms INTEGER CHECK (repeat_after_ms >= 0);

-- Which objects have the same samples, and which were not measured.
CREATE INDEX object_samples ON object (samples) WHERE samples IS NOT NULL;
CREATE INDEX object_unheard ON object (digest) WHERE samples IS NULL;
