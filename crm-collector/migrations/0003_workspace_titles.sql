-- What its people call a workspace. Names stay unique, for the command line; titles need not be,
-- so that nobody learns from a name that is taken who else is here. NULL is the name itself.
ALTER TABLE workspaces ADD COLUMN title TEXT;
