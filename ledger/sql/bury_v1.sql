-- The plain deaths of points, for members whose balances are locked: see ledger/burying.py.
WITH dead AS MATERIALIZED (
    SELECT id, member_id, remaining, expires_on, grace_of_id FROM ledger_lot
    WHERE member_id = ANY(%(members)s) AND remaining > 0 AND expires_on < %(today)s
), intricate AS MATERIALIZED (
    -- A lot whose alert could not be delivered gets its grace first (RULES 27).
    SELECT member_id FROM dead
    WHERE grace_of_id IS NULL
      AND EXISTS (SELECT FROM ledger_expirynotice notice
                  WHERE notice.member_id = dead.member_id AND notice.expires_on = dead.expires_on
                    AND NOT notice.deliverable)
      AND NOT EXISTS (SELECT FROM ledger_lotextension moved
                      WHERE moved.lot_id = dead.id AND moved.why = 'undelivered')
    UNION
    -- So does one whose alert failed for a record that was merged since: the planner looks closer.
    SELECT dead.member_id FROM dead
    JOIN accounts_member record ON record.merged_into_id = dead.member_id
    JOIN ledger_expirynotice notice ON notice.member_id = record.id AND notice.expires_on = dead.expires_on
    WHERE record.merged_into_id = ANY(%(members)s) AND NOT notice.deliverable
    UNION
    -- A tier whose year is over is renewed or lowered first (RULES 33).
    SELECT member_id FROM ledger_tierperiod period
    WHERE member_id = ANY(%(members)s) AND ends_at <= %(now)s
      AND NOT EXISTS (SELECT FROM ledger_tierperiod later
                      WHERE later.member_id = period.member_id AND later.starts_at <= period.ends_at
                        AND (later.starts_at, later.id) > (period.starts_at, period.id))
    UNION
    -- A tier that the balance does not hold yet is told of.
    SELECT balance.member_id FROM ledger_balance balance
    CROSS JOIN LATERAL (SELECT tier_code FROM ledger_tierperiod period
                        WHERE period.member_id = balance.member_id
                        ORDER BY starts_at DESC, id DESC LIMIT 1) newest
    WHERE balance.member_id = ANY(%(members)s)
      AND newest.tier_code <> coalesce(nullif(balance.tier_code, ''), %(entry)s)
), dying AS MATERIALIZED (
    SELECT id, member_id, remaining, expires_on FROM dead
    WHERE member_id NOT IN (SELECT member_id FROM intricate)
), ends AS (
    SELECT * FROM unnest(%(days)s::date[], %(ends)s::timestamptz[]) AS given(expires_on, ends_at)
), sums AS (
    SELECT member_id, expires_on, sum(remaining)::bigint AS points FROM dying
    GROUP BY member_id, expires_on ORDER BY member_id, expires_on
), moves AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('ledger_movement', 'id')) AS id, member_id, expires_on, points FROM sums
), totals AS (
    SELECT member_id, sum(points)::bigint AS points FROM sums GROUP BY member_id
), balances AS (
    UPDATE ledger_balance balance
    SET available = available - totals.points, version = version + 1,
        tier_code = coalesce(nullif(tier_code, ''), %(entry)s)
    FROM totals WHERE balance.member_id = totals.member_id
), moved AS (
    INSERT INTO ledger_movement (id, merchant_id, member_id, kind, points, occurred_at, business_date, recorded_at,
                                 reasons, actor /* movement columns */)
    SELECT id, %(merchant)s, member_id, %(kind)s, -points, ends_at, expires_on, %(now)s,
           jsonb_build_array(jsonb_build_object('code', %(code)s::text, 'on', to_char(expires_on, 'YYYY-MM-DD'))),
           %(actor)s /* movement values */
    FROM moves JOIN ends USING (expires_on)
), used AS (
    INSERT INTO ledger_lotuse (lot_id, movement_id, points, recorded_at /* lotuse columns */)
    SELECT dying.id, moves.id, dying.remaining, %(now)s /* lotuse values */
    FROM dying JOIN moves USING (member_id, expires_on) ORDER BY dying.member_id, dying.expires_on, dying.id
), emptied AS (
    UPDATE ledger_lot lot SET remaining = 0, expired_at = %(now)s FROM dying WHERE lot.id = dying.id
), told AS (
    INSERT INTO accounts_outboxevent (merchant_id, topic, member_id, payload, created_at /* outboxevent columns */)
    SELECT %(merchant)s, %(topic)s, member_id, jsonb_build_object('points', points), %(now)s /* outboxevent values */
    FROM totals
)
SELECT coalesce(sum(points), 0), coalesce(array_agg(member_id), '{}') FROM totals
