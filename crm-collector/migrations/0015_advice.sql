-- What was recommended, when, and what became of it: so that it can be told later what came of it, and
-- what was put off or refused is not said again. No names: customers are numbers.
CREATE TABLE advice (
    workspace  INTEGER NOT NULL,
    id         TEXT    NOT NULL,     -- names it while what it is about stays as it is
    kind       TEXT    NOT NULL,
    customer   INTEGER NOT NULL,     -- number; 0 where it is about none
    made_at    INTEGER NOT NULL,
    as_of      INTEGER NOT NULL,     -- day since 1970, the first that was not known
    by_day     INTEGER NOT NULL,     -- the last day on which it makes sense
    currency   INTEGER NOT NULL,
    at_stake   INTEGER NOT NULL,     -- 1/10,000
    worth      INTEGER NOT NULL,     -- at stake times the chance of a purchase, 1/10,000
    said       TEXT    NOT NULL,     -- its figures, as JSON
    held       INTEGER NOT NULL,     -- 1 where an experiment holds it back
    state      TEXT    NOT NULL,     -- open, accepted, done, dismissed, snoozed
    decided_at INTEGER,
    decided_by TEXT,                 -- user:ID, key:ID or cli
    reason     TEXT,
    until_day  INTEGER,              -- snoozed: the day from which on it is open again
    checksum   INTEGER,
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX advice_by_customer ON advice (workspace, customer) WHERE customer <> 0;

-- How a workspace is advised.
CREATE TABLE advice_rules (
    workspace    INTEGER PRIMARY KEY,
    hold_key     BLOB    NOT NULL,   -- decides with a customer's number who is held back; shown to nobody
    hold_percent INTEGER NOT NULL,   -- of customers, in an experiment; 0 for none
    checksum     INTEGER
) STRICT;
