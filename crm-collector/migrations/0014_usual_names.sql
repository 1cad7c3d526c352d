-- A product shows the name that it usually comes under, not the one that came last. What older programs
-- wrote has nothing in the new column, and the next line under another name takes over.
ALTER TABLE products ADD COLUMN name_lines INTEGER;   -- lines that its name is ahead of others, 16 at most
