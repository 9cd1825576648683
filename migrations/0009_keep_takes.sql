-- A line keeps the take that is stored until a newer one is.

-- Of a take that the line is not: the line becomes it once its audio is stored.
ALTER TABLE batch_item ADD COLUMN is_next INTEGER NOT NULL DEFAULT 0
  CHECK (is_next IN (0, 1) AND (is_next = 0 OR former IS 'retaken'));

CREATE INDEX batch_item_next ON batch_item (batch_id, line) WHERE is_next = 1;

-- Lines that had become a take without audio are the newest again that has some.
CREATE TEMP TABLE kept AS
SELECT item.id AS line_id, item.job_id AS pending_id, take.id AS take_id, take.job_id AS stored_id,
  max(stored.take)
FROM batch_item AS item
JOIN job AS pending ON pending.id = item.job_id
JOIN batch_item AS take ON take.batch_id = item.batch_id AND take.line = item.line
  AND take.former = 'retaken'
JOIN job AS stored ON stored.id = take.job_id
WHERE item.former IS NULL AND pending.state <> 'STORED' AND stored.state = 'STORED'
GROUP BY item.id;

UPDATE batch_item
SET job_id = (SELECT stored_id FROM kept WHERE line_id = batch_item.id)
WHERE id IN (SELECT line_id FROM kept);

UPDATE batch_item
SET job_id = (SELECT pending_id FROM kept WHERE take_id = batch_item.id)
WHERE id IN (SELECT take_id FROM kept);

DROP TABLE kept;

UPDATE batch_item
SET is_next = 1
WHERE former = 'retaken'
  AND (SELECT state FROM job WHERE id = job_id) NOT IN ('STORED', 'FAILED', 'CANCELLED', 'HELD');
