-- What is derived from the log is written as runs, which never change, in the place of rows that each
-- fold wrote anew. How far a log is folded, its last run says. The old rows are dropped and the log is
-- folded anew when the database is opened.
DROP TABLE rollups;
DROP TABLE buyers;
DROP TABLE histories;
-- Its checksum is that of fewer columns.
UPDATE workspaces SET checksum = NULL;
ALTER TABLE workspaces DROP COLUMN folded_seq;

CREATE TABLE runs (
    workspace INTEGER NOT NULL,
    number    INTEGER NOT NULL,                -- from 1 in each workspace
    state     INTEGER NOT NULL,                -- 0 read, 1 others are being merged into it, 2 merged
    after     INTEGER NOT NULL,                -- it holds the events after this one
    through   INTEGER NOT NULL,                -- and up to this one
    reached   BLOB,                            -- the last key that was merged, while that goes on
    PRIMARY KEY (workspace, number)
) STRICT, WITHOUT ROWID;

-- Rows in the order of their keys, with a checksum, see store/runs/block.rs.
CREATE TABLE run_blocks (
    id        INTEGER PRIMARY KEY,
    workspace INTEGER NOT NULL,
    run       INTEGER NOT NULL,
    first     BLOB    NOT NULL,                -- the key of its first row
    block     BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX run_blocks_by_key ON run_blocks (workspace, run, first);
