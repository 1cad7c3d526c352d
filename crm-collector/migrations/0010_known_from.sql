-- The first day whose purchases set what is looked at when nobody says; those before are kept, counted
-- and told. NULL: the collector finds it, see analytics/frame.rs.
ALTER TABLE workspaces ADD COLUMN known_from TEXT;   -- such as 2019-01-31
