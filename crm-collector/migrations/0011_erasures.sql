-- Customers who were erased: hashes of their ids, so that what arrives late, or comes back with a
-- backup, is erased again. Nothing leads from a hash to a name but a guess of the id.
CREATE TABLE erasures (
    workspace    INTEGER NOT NULL,
    hash         BLOB    NOT NULL,     -- see store/erasures/hash.rs
    at           INTEGER NOT NULL,
    number       INTEGER NOT NULL,     -- of the customer, not given again; 0 where nobody of the id was stored
    purchases    INTEGER NOT NULL,     -- that are nobody's now
    interactions INTEGER NOT NULL,     -- that are gone
    rejected     INTEGER NOT NULL,     -- events that are gone from the quarantine
    done         INTEGER NOT NULL,     -- 0 while there is more to be erased
    checksum     INTEGER,
    PRIMARY KEY (workspace, hash, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX erasures_by_number ON erasures (workspace, number);
CREATE INDEX erasures_begun ON erasures (workspace) WHERE done = 0;

-- When something was last erased: what happened later needs no look at the list.
ALTER TABLE workspaces ADD COLUMN erased_at INTEGER;
