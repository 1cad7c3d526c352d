-- The quarantine keeps within bytes as well as within a number of events.

ALTER TABLE rejected ADD COLUMN size_bytes INTEGER NOT NULL DEFAULT 0;   -- of the event as it was sent

-- At most 64 KiB are kept of one event. A character has at most four bytes.
UPDATE rejected SET size_bytes = octet_length(event);
UPDATE rejected SET event = substr(event, 1, 16384) WHERE size_bytes > 65536;

-- What a workspace keeps, so that adding one need not count them all.
CREATE TABLE quarantines (
    workspace INTEGER PRIMARY KEY,
    events    INTEGER NOT NULL,
    bytes     INTEGER NOT NULL                 -- of the texts, and 128 for each event
) STRICT;
INSERT INTO quarantines (workspace, events, bytes)
SELECT workspace, count(*),
       sum(octet_length(event) + octet_length(message) + coalesce(octet_length(field), 0) + 128)
FROM rejected GROUP BY workspace;
