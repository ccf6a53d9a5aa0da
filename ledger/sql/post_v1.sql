-- One business event, one call: what was planned goes into the books, or nothing does.
--
-- `said` is one JSON document:
--   members  per balance row, members ascending: [member, version planned on, new?, merchant, standing …]
--   tables   which tables get rows, a bit for each in the order of the tables
--   0, 1 …   per table, where there are any: rows of values in the order of the columns
--   updates  where there are any: {table, values, expected, refs}: caches that must still hold what was expected
--   budgets  where there are any: [merchant, rule, period, first day, points, most], taken last: they are shared
--   named    per posting: what its receipt and its news call which row, new or not
-- A row that has no id yet is called by a negative number: -1 is the first of all new rows. Its id is drawn
-- here, inside the transaction that uses it. The answer is the new rows' ids, in order; NULL says that the
-- first member moved meanwhile and nothing was written, the error WA001 that a later one did.
--
-- Every expression below is made ready anew in every transaction: tables without rows are passed over by as
-- few of them as can be.
CREATE OR REPLACE FUNCTION {name}(said jsonb) RETURNS bigint[] LANGUAGE plpgsql AS $post$
DECLARE
    ids bigint[] := '{}';
    named jsonb[] := '{}';
    tables bigint := said->>'tables';
    part jsonb;
    r jsonb;
    changed bigint;
BEGIN
    part := said->'members';
    FOR i IN 0 .. jsonb_array_length(part) - 1 LOOP
        r := part->i;
        IF (r->>2)::boolean THEN
            {open_balance};
        END IF;
        {take_balance};
        IF NOT FOUND THEN
            IF i = 0 THEN
                RETURN NULL;
            END IF;
            RAISE EXCEPTION 'a member moved' USING ERRCODE = 'WA001';
        END IF;
    END LOOP;

    {insert_rows}

    part := said->'named';
    FOR i IN 0 .. jsonb_array_length(part) - 1 LOOP
        r := part->i;
        named := named || {its_names};
    END LOOP;

    {insert_named_rows}

    IF NOT said ?| ARRAY['updates', 'budgets'] THEN
        RETURN ids;
    END IF;
    part := coalesce(said->'updates', '[]');
    FOR i IN 0 .. jsonb_array_length(part) - 1 LOOP
        r := part->i;
        IF r ? 'refs' THEN
            r := jsonb_set(r, '{values}', (r->'values') || (
                SELECT jsonb_object_agg(called, ids[-id])
                FROM (SELECT key, value::int FROM jsonb_each_text(r->'refs')) AS t(called, id)
            ));
        END IF;
        EXECUTE (
            SELECT format('UPDATE %I AS t SET %s FROM jsonb_populate_record(NULL::%I, $1) AS n', r->>'table',
                          string_agg(format('%I = n.%I', called, called), ', '), r->>'table')
            FROM jsonb_object_keys(r->'values') AS called
        ) || (
            SELECT format(', jsonb_populate_record(NULL::%I, $2) AS e WHERE ', r->>'table')
                   || string_agg(format('t.%I = e.%I', called, called), ' AND ')
            FROM jsonb_object_keys(r->'expected') AS called
        ) USING r->'values', r->'expected';
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed <> 1 THEN
            RAISE EXCEPTION 'a row moved' USING ERRCODE = 'WA001';
        END IF;
    END LOOP;

    IF said ? 'budgets' THEN
        part := said->'budgets';
        FOR i IN 0 .. jsonb_array_length(part) - 1 LOOP
            r := part->i;
            {take_budget};
            IF NOT FOUND THEN
                {open_budget};
                {take_budget};
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'a budget moved' USING ERRCODE = 'WA001';
                END IF;
            END IF;
        END LOOP;
    END IF;
    RETURN ids;
END
$post$
