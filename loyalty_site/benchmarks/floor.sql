-- The floor: one function that records an order, its points and the lot they make, and nothing else.
CREATE TABLE floor_merchant (id int PRIMARY KEY);
CREATE TABLE floor_member (id bigint PRIMARY KEY, merchant_id int NOT NULL REFERENCES floor_merchant);
CREATE TABLE floor_balance (
    member_id bigint PRIMARY KEY REFERENCES floor_member, merchant_id int NOT NULL,
    points bigint NOT NULL DEFAULT 0 CHECK (points >= 0), lifetime bigint NOT NULL DEFAULT 0,
    stamps int NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE SEQUENCE floor_id CACHE 50;
CREATE TABLE floor_purchase (
    id bigint PRIMARY KEY, merchant_id int NOT NULL REFERENCES floor_merchant, key text NOT NULL,
    member_id bigint NOT NULL REFERENCES floor_member,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0), body_hash bytea,
    created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (merchant_id, key)
);
CREATE TABLE floor_movement (
    id bigint PRIMARY KEY, merchant_id int NOT NULL REFERENCES floor_merchant,
    member_id bigint NOT NULL REFERENCES floor_member, kind smallint NOT NULL,
    points bigint NOT NULL CHECK (points <> 0), purchase_id bigint REFERENCES floor_purchase,
    occurred_at timestamptz NOT NULL DEFAULT now(), writer xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX floor_movement_of_member ON floor_movement (member_id, id);
CREATE INDEX floor_movement_by_writer ON floor_movement (writer);
CREATE TABLE floor_lot (
    movement_id bigint PRIMARY KEY REFERENCES floor_movement,
    member_id bigint NOT NULL REFERENCES floor_member, points bigint NOT NULL CHECK (points > 0),
    remaining bigint NOT NULL, expires_on date NOT NULL, CHECK (remaining BETWEEN 0 AND points)
) WITH (fillfactor = 85);
CREATE INDEX floor_lot_in_turn ON floor_lot (member_id, expires_on, movement_id) WHERE remaining > 0;
CREATE INDEX floor_lot_expiring ON floor_lot (expires_on) WHERE remaining > 0;

CREATE FUNCTION floor_earn(
    of_merchant int, of_member bigint, its_key text, amount bigint, earned bigint, until date,
    OUT new_id bigint, OUT balance bigint, OUT repeated boolean
) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO floor_purchase (id, merchant_id, key, member_id, amount_minor)
    VALUES (nextval('floor_id'), of_merchant, its_key, of_member, amount)
    ON CONFLICT DO NOTHING RETURNING id INTO new_id;
    IF new_id IS NULL THEN
        SELECT p.id, b.points INTO new_id, balance
        FROM floor_purchase p JOIN floor_balance b USING (member_id)
        WHERE p.merchant_id = of_merchant AND p.key = its_key;
        repeated := true;
        RETURN;
    END IF;
    UPDATE floor_balance
    SET points = points + earned, lifetime = lifetime + earned, stamps = stamps + 1, version = version + 1
    WHERE member_id = of_member AND merchant_id = of_merchant RETURNING points INTO balance;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such member at this merchant' USING ERRCODE = 'P0002';
    END IF;
    INSERT INTO floor_movement (id, merchant_id, member_id, kind, points, purchase_id)
    VALUES (new_id, of_merchant, of_member, 1, earned, new_id);
    INSERT INTO floor_lot (movement_id, member_id, points, remaining, expires_on)
    VALUES (new_id, of_member, earned, earned, until);
    repeated := false;
END $$;
