-- Accounts ---------------------------------------------------------------------------------

CREATE TABLE workspaces (
    id           INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    currency     INTEGER NOT NULL,             -- reporting currency, as Currency::number
    timezone     TEXT    NOT NULL,             -- IANA name; its days and months are the reports'
    created_at   INTEGER NOT NULL,             -- all times are milliseconds since 1970, UTC
    folded_seq   INTEGER NOT NULL DEFAULT 0    -- events up to here are in rollups and postings
) STRICT;

CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,     -- lower case
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,            -- argon2id, PHC string
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE memberships (
    workspace INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role      TEXT    NOT NULL CHECK (role IN ('owner', 'analyst')),
    PRIMARY KEY (workspace, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_user ON memberships (user);

CREATE TABLE invitations (
    id         INTEGER PRIMARY KEY,
    token_hash BLOB    NOT NULL UNIQUE,        -- SHA-256; the token itself is shown once
    workspace  INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email      TEXT    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('owner', 'analyst')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX invitations_by_workspace ON invitations (workspace);

CREATE TABLE sessions (
    token_hash BLOB    PRIMARY KEY,            -- SHA-256 of the cookie's token
    user       INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    workspace  INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id           INTEGER PRIMARY KEY,
    workspace    INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    kind         TEXT    NOT NULL CHECK (kind IN ('server', 'browser')),
    token_hash   BLOB    NOT NULL UNIQUE,      -- SHA-256; the key itself is shown once
    hint         TEXT    NOT NULL,             -- its last four characters
    scopes       TEXT    NOT NULL,             -- comma-separated: ingest, read
    event_types  TEXT,                         -- comma-separated; NULL allows all
    origins      TEXT,                         -- comma-separated web origins; NULL allows all
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_workspace ON api_keys (workspace);

CREATE TABLE audit_log (
    id        INTEGER PRIMARY KEY,
    workspace INTEGER REFERENCES workspaces (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    actor     TEXT    NOT NULL,                -- user:ID, key:ID or cli
    action    TEXT    NOT NULL,                -- such as key.create
    subject   TEXT    NOT NULL                 -- such as key:7; ids only, no personal data
) STRICT;
CREATE INDEX audit_log_by_workspace ON audit_log (workspace, id);

-- The client base --------------------------------------------------------------------------

-- Internal numbers run from 1 in each workspace without gaps worth speaking of, so that a set
-- of customers can be a bitmap. `key` is workspace << 40 | number.
CREATE TABLE customers (
    key        INTEGER PRIMARY KEY,
    host_id    TEXT    NOT NULL,               -- the id shown; all ids are in customer_ids
    name       TEXT,
    email      TEXT,
    phone      TEXT,
    country    TEXT,
    attributes TEXT,                           -- JSON object
    consent    TEXT,                           -- JSON object of booleans
    said_at    TEXT,                           -- JSON object: when each field was last said
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE customer_ids (
    workspace INTEGER NOT NULL,
    host_id   TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    PRIMARY KEY (workspace, host_id)
) STRICT, WITHOUT ROWID;

-- What a customer is found by: lower-case words of the name, the email address, the phone's
-- digits. Searching is by prefix.
CREATE TABLE customer_terms (
    workspace INTEGER NOT NULL,
    field     INTEGER NOT NULL,                -- 1 name, 2 email address, 3 phone number
    term      TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    PRIMARY KEY (workspace, field, term, number)
) STRICT, WITHOUT ROWID;

-- Texts that many rows share --------------------------------------------------------------

CREATE TABLE products (
    workspace  INTEGER NOT NULL,
    number     INTEGER NOT NULL,               -- from 1 in each workspace
    sku        TEXT    NOT NULL,
    name       TEXT,
    category   TEXT,
    said_at    INTEGER NOT NULL,               -- when name and category were last said
    PRIMARY KEY (workspace, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX products_by_sku ON products (workspace, sku);

CREATE TABLE labels (
    workspace INTEGER NOT NULL,
    kind      INTEGER NOT NULL,                -- 1 country, 2 channel
    number    INTEGER NOT NULL,                -- from 1 in each workspace and kind
    text      TEXT    NOT NULL,
    PRIMARY KEY (workspace, kind, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX labels_by_text ON labels (workspace, kind, text);

-- The log of events -----------------------------------------------------------------------

-- Purchases and interactions share one sequence in each workspace; `key` is
-- workspace << 40 | seq. Customer events have an entry in event_ids only.
CREATE TABLE event_ids (
    workspace INTEGER NOT NULL,
    event_id  BLOB    NOT NULL,                -- 16 bytes
    key       INTEGER NOT NULL,                -- 0 for a customer event
    PRIMARY KEY (workspace, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE purchases (
    key         INTEGER PRIMARY KEY,
    workspace   INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    purchase_id TEXT,
    customer    INTEGER,                       -- number; NULL for an anonymous purchase
    kind        INTEGER NOT NULL,              -- 0 sale, 1 refund
    currency    INTEGER NOT NULL,
    total       INTEGER NOT NULL,              -- 1/10,000 of a unit, never negative
    channel     INTEGER NOT NULL,              -- label; 0 for none
    country     INTEGER NOT NULL,              -- label; 0 for none
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    items       BLOB                           -- line items, see store/items.rs
) STRICT;
CREATE UNIQUE INDEX purchases_by_id ON purchases (workspace, purchase_id)
    WHERE purchase_id IS NOT NULL;
CREATE INDEX purchases_by_time ON purchases (workspace, occurred_at);

CREATE TABLE interactions (
    key         INTEGER PRIMARY KEY,
    workspace   INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    customer    INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    direction   INTEGER NOT NULL,              -- 0 unknown, 1 inbound, 2 outbound
    channel     INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    subject     TEXT,
    text        TEXT,
    attributes  TEXT
) STRICT;

CREATE TABLE rejected (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,   -- the number of one that is gone is not given again
    workspace   INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    api_key     INTEGER,
    code        TEXT    NOT NULL,
    field       TEXT,
    message     TEXT    NOT NULL,
    event       TEXT    NOT NULL               -- the event as it was sent
) STRICT;
CREATE INDEX rejected_by_workspace ON rejected (workspace, id);

-- Derived from the log up to workspaces.folded_seq; may be deleted and folded anew ---------

-- Sums per day and per month, by hour, country, channel or product. A row holds up to 256
-- keys of its dimension, see store/fold/sums.rs.
CREATE TABLE rollups (
    workspace INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    level     INTEGER NOT NULL,                -- 0 day, 1 month
    period    INTEGER NOT NULL,                -- days or months since 1970, workspace's zone
    currency  INTEGER NOT NULL,
    chunk     INTEGER NOT NULL,                -- key / 256
    sums      BLOB    NOT NULL,
    PRIMARY KEY (workspace, dimension, level, period, currency, chunk)
) STRICT, WITHOUT ROWID;

-- Who bought, on which day of a month: in all (0), in a country (2), of a product (4); and in a
-- whole month: in all (1), in a country (3).
CREATE TABLE buyers (
    workspace INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    currency  INTEGER NOT NULL,
    month     INTEGER NOT NULL,
    key       INTEGER NOT NULL,
    days      BLOB    NOT NULL,                -- see store/fold/buyers.rs
    PRIMARY KEY (workspace, dimension, currency, month, key)
) STRICT, WITHOUT ROWID;

-- The purchases and interactions of 64 neighbouring customers in one month, in order of
-- customer and time: an index by customer that only ever touches the months being written.
CREATE TABLE histories (
    workspace INTEGER NOT NULL,
    month     INTEGER NOT NULL,
    bucket    INTEGER NOT NULL,                -- customer number / 64
    entries   BLOB    NOT NULL,                -- see store/fold/histories.rs
    PRIMARY KEY (workspace, month, bucket)
) STRICT, WITHOUT ROWID;
