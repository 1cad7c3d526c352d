-- A row whose content nothing else repeats carries a checksum of it (`store::sealed`), so that `check`
-- finds what the disk has changed. Rows of older versions have none: giving every row one takes as long
-- as writing the whole file anew. They get theirs when they are written next, or by `check --rebuild`.
ALTER TABLE workspaces   ADD COLUMN checksum INTEGER;
ALTER TABLE users        ADD COLUMN checksum INTEGER;
ALTER TABLE memberships  ADD COLUMN checksum INTEGER;
ALTER TABLE invitations  ADD COLUMN checksum INTEGER;
ALTER TABLE sessions     ADD COLUMN checksum INTEGER;
ALTER TABLE api_keys     ADD COLUMN checksum INTEGER;
ALTER TABLE audit_log    ADD COLUMN checksum INTEGER;
ALTER TABLE customers    ADD COLUMN checksum INTEGER;
ALTER TABLE products     ADD COLUMN checksum INTEGER;
ALTER TABLE labels       ADD COLUMN checksum INTEGER;
ALTER TABLE purchases    ADD COLUMN checksum INTEGER;
ALTER TABLE interactions ADD COLUMN checksum INTEGER;
ALTER TABLE rejected     ADD COLUMN checksum INTEGER;
