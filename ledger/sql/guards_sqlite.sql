-- Facts are only ever added. One statement per block; "{table}" is the guarded table, "{columns}" what may
-- not be updated in it (nothing: no column).

DROP TRIGGER IF EXISTS {table}_refuses_update

-- next
CREATE TRIGGER {table}_refuses_update
BEFORE UPDATE {columns} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END

-- next
DROP TRIGGER IF EXISTS {table}_refuses_delete

-- next
CREATE TRIGGER {table}_refuses_delete
BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
