-- The number of an invitation that is gone is not given again: what the audit log says of it, and
-- whoever withdraws it late, mean that one.
CREATE TABLE numbered_invitations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB    NOT NULL UNIQUE,        -- SHA-256; the token itself is shown once
    workspace  INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email      TEXT    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('owner', 'analyst')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    checksum   INTEGER
) STRICT;
INSERT INTO numbered_invitations SELECT * FROM invitations;
DROP TABLE invitations;
ALTER TABLE numbered_invitations RENAME TO invitations;
CREATE INDEX invitations_by_workspace ON invitations (workspace);
