-- Who added a line: the user's name and number at that time; NULL for lines that are older than this.
ALTER TABLE batch_item ADD COLUMN added_by TEXT;
ALTER TABLE batch_item ADD COLUMN added_uid INTEGER;
