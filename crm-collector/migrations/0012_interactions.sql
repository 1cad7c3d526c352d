-- Interactions can be corrected. What older programs wrote has nothing in the new columns; a column that
-- is empty is in no checksum, so theirs still hold.
ALTER TABLE interactions ADD COLUMN updated_at INTEGER;   -- when the host last changed it
ALTER TABLE interactions ADD COLUMN brought_by BLOB;      -- id of the event, where it is not event_id

-- Interactions that another has taken the place of, as they were, and marks of those that were taken
-- back altogether. Which took the place of which stands in corrections, as of purchases. All versions
-- of an interaction have the event_id of the first.
CREATE TABLE past_interactions (
    key         INTEGER PRIMARY KEY,
    workspace   INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    customer    INTEGER NOT NULL,
    kind        INTEGER NOT NULL,              -- 254 of a mark
    direction   INTEGER NOT NULL,
    channel     INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    subject     TEXT,
    text        TEXT,
    attributes  TEXT,
    checksum    INTEGER,
    updated_at  INTEGER,
    brought_by  BLOB
) STRICT;

CREATE INDEX past_interactions_by_id ON past_interactions (workspace, event_id);
