-- Which life of csmd was the last: its marks of what has left (on a tmpfs) begin with the same number.
-- Marks of any other life say nothing about the submits of the last one.
CREATE TABLE life (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  token INTEGER NOT NULL
) STRICT;
