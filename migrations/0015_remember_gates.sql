-- When each gate was closed, for reports: its row in `gate` is gone once it is open. A row is written in the
-- transaction that opens the gate.
CREATE TABLE gate_closing (
  name   TEXT NOT NULL,        -- as in `gate`
  since  INTEGER NOT NULL,
  until  INTEGER NOT NULL CHECK (until > since),
  reason TEXT NOT NULL,        -- the last one that it had
  PRIMARY KEY (name, since)
) STRICT, WITHOUT ROWID;

-- A gate can close every few seconds for years: of each, the newest 5,000 times are kept.
CREATE TRIGGER gate_closing_forgotten AFTER INSERT ON gate_closing
BEGIN
  DELETE FROM gate_closing
  WHERE name = NEW.name AND since < (
    SELECT since FROM gate_closing WHERE name = NEW.name ORDER BY since DESC LIMIT 1 OFFSET 4999);
END;
