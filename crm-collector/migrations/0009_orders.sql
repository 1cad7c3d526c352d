-- Orders as shops have them, and their corrections.
--
-- What older programs wrote has nothing in the new columns, and means what it meant: a paid order of the
-- workspace's own shop whose lines are all that was paid. A column that is empty is in no checksum, so
-- theirs still hold.
ALTER TABLE purchases ADD COLUMN source     INTEGER;   -- label; NULL where none was told
ALTER TABLE purchases ADD COLUMN state      INTEGER;   -- NULL paid, 1 pending, 2 cancelled, 3 void
ALTER TABLE purchases ADD COLUMN updated_at INTEGER;   -- when the host last changed it
ALTER TABLE purchases ADD COLUMN refund_of  TEXT;      -- the host's number of the purchase
ALTER TABLE purchases ADD COLUMN amounts    BLOB;      -- what was told of the whole order, see store/items.rs
ALTER TABLE purchases ADD COLUMN details    TEXT;      -- JSON: what is shown and counted nowhere

DROP INDEX purchases_by_id;
CREATE UNIQUE INDEX purchases_by_id ON purchases (workspace, purchase_id, ifnull(source, 0))
    WHERE purchase_id IS NOT NULL;
CREATE INDEX purchases_by_refund ON purchases (workspace, refund_of) WHERE refund_of IS NOT NULL;

-- Purchases that another has taken the place of, as they were, and marks of those that were taken
-- back altogether. They stay in the log: what an event added is taken back by adding it up once more.
CREATE TABLE past_purchases (
    key         INTEGER PRIMARY KEY,
    workspace   INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    purchase_id TEXT,
    customer    INTEGER,
    kind        INTEGER NOT NULL,
    currency    INTEGER NOT NULL,
    total       INTEGER NOT NULL,
    channel     INTEGER NOT NULL,
    country     INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    items       BLOB,
    checksum    INTEGER,
    source      INTEGER,
    state       INTEGER,
    updated_at  INTEGER,
    refund_of   TEXT,
    amounts     BLOB,
    details     TEXT
) STRICT;

CREATE INDEX past_purchases_by_id ON past_purchases (workspace, purchase_id)
    WHERE purchase_id IS NOT NULL;

-- Which purchase took the place of which.
CREATE TABLE corrections (
    key      INTEGER PRIMARY KEY,      -- of the event that corrects
    replaces INTEGER NOT NULL UNIQUE,  -- key of the purchase that it takes the place of
    actor    TEXT    NOT NULL,         -- user:ID, key:ID or cli
    checksum INTEGER
) STRICT;

-- What the purchases come from that are sent with a key and name no source.
ALTER TABLE api_keys ADD COLUMN source TEXT;
