-- What fal said of the account, what a person wants to be sent again, and how a table that was copied or
-- put back is told from the one that csmd worked with.

-- The account when csmd last read it. The balance is NULL where fal does not tell it.
CREATE TABLE account (
  id              INTEGER PRIMARY KEY CHECK (id = 1),
  balance         INTEGER,                  -- may be negative
  unbilled        INTEGER NOT NULL CHECK (unbilled >= 0),  -- what the balance may not know of yet
  read_at         INTEGER NOT NULL,
  clock_offset_ms INTEGER                   -- how far fal's clock is ahead; NULL where it is not known
) STRICT;

-- A person said `retry`: to be sent again, once fal has been asked for the request that there is, or its
-- listing for the one whose id is not known.
ALTER TABLE job ADD COLUMN retry_wanted INTEGER NOT NULL DEFAULT 0 CHECK (retry_wanted IN (0, 1));

-- Which file the last life of csmd worked with, on which machine; NULL for lives before this.
ALTER TABLE life ADD COLUMN machine TEXT;
ALTER TABLE life ADD COLUMN boot TEXT;
ALTER TABLE life ADD COLUMN origin INTEGER;
ALTER TABLE life ADD COLUMN inode INTEGER;
-- Requests of ours since then may be unknown to this table, which was copied or put back: they are looked
-- for in fal's listing before anything is sent. NULL: there are none.
ALTER TABLE life ADD COLUMN adopt_since INTEGER;
