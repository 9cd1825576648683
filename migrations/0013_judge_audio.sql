-- What a person's own judge (CSM_JUDGE_CMD) said of the audio of a job. It holds for that audio alone.
CREATE TABLE verdict (
  job_id     INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
  digest     BLOB NOT NULL CHECK (length(digest) = 32),
  grade      TEXT NOT NULL CHECK (grade IN ('bad', 'odd', 'good')),
  score      REAL,              -- the judge's own measure, from 0 to 1: more is better
  transcript TEXT,
  reason     TEXT,
  judged_at  INTEGER NOT NULL
) STRICT;
