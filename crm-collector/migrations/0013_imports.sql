-- What came by an import of a file, so that it can be taken back in one call. An import fills places of
-- the log, one transaction after another: each stretch of them is a row.
CREATE TABLE imports (
    key           INTEGER PRIMARY KEY,     -- workspace << 40 | number, from 1 in each workspace
    name          TEXT    NOT NULL,        -- of the file, without its folder
    actor         TEXT    NOT NULL,        -- user:ID, key:ID or cli
    began_at      INTEGER NOT NULL,
    events        INTEGER NOT NULL,        -- purchases and interactions that it brought
    taken_back_at INTEGER,                 -- when that was last asked for, and done
    checksum      INTEGER
) STRICT;

CREATE TABLE import_stretches (
    first    INTEGER PRIMARY KEY,          -- key of the first event
    last     INTEGER NOT NULL,             -- key of the last one
    import   INTEGER NOT NULL,             -- key of the import
    checksum INTEGER
) STRICT;

CREATE INDEX import_stretches_by_import ON import_stretches (import, first);
