-- Facts are only ever added. One statement per block; "{table}" is the guarded table, "{columns}" what may
-- not be updated in it (nothing: no column).

CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$body$

-- next
CREATE OR REPLACE TRIGGER {table}_refuses_update
BEFORE UPDATE {columns} ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()

-- next
CREATE OR REPLACE TRIGGER {table}_refuses_delete
BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()

-- next
CREATE OR REPLACE TRIGGER {table}_refuses_truncate
BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()
