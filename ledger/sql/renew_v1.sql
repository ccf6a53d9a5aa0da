-- Tiers whose year is over, for members whose balances are locked: see ledger/bulk/renewing.py.
WITH last_period AS MATERIALIZED (
    SELECT DISTINCT ON (member_id) member_id, tier_code, starts_at, ends_at FROM ledger_tierperiod
    WHERE member_id = ANY(%(members)s) ORDER BY member_id, starts_at DESC, id DESC
), intricate AS MATERIALIZED (
    -- Points that died are buried first.
    SELECT member_id FROM ledger_lot
    WHERE member_id = ANY(%(members)s) AND remaining > 0 AND expires_on < %(today)s
    UNION
    -- What several records bought counts together.
    SELECT merged_into_id FROM accounts_member WHERE merged_into_id = ANY(%(members)s)
    UNION
    -- A record that was merged meanwhile stands still.
    SELECT id FROM accounts_member WHERE id = ANY(%(members)s) AND merged_into_id IS NOT NULL
    UNION
    -- A year before the last one ended unattended, or one still runs beside it.
    SELECT member_id FROM (
        SELECT period.member_id, period.ends_at, last_period.ends_at AS over, lead(period.starts_at) OVER (
            PARTITION BY period.member_id ORDER BY period.starts_at, period.id) AS following
        FROM ledger_tierperiod period JOIN last_period USING (member_id)
    ) periods
    WHERE following IS NOT NULL AND (ends_at IS NULL OR ends_at < following OR ends_at > over)
), due AS MATERIALIZED (
    SELECT last_period.member_id, last_period.ends_at, ends.since, ends.until_next,
           coalesce(held.rank, 0) AS held,
           (SELECT coalesce(sum(/* net */), 0) FROM ledger_purchase purchase
            WHERE purchase.member_id = last_period.member_id AND business_date >= ends.since
              AND occurred_at < last_period.ends_at) AS counted
    FROM last_period
    JOIN unnest(%(ends)s::timestamptz[], %(sinces)s::date[], %(untils)s::timestamptz[])
        AS ends(ends_at, since, until_next) USING (ends_at)
    LEFT JOIN unnest(%(codes)s::text[], %(ranks)s::int[]) AS held(tier_code, rank) USING (tier_code)
    WHERE last_period.ends_at <= %(now)s AND member_id NOT IN (SELECT member_id FROM intricate)
), judged AS (
    SELECT due.*, greatest(0, (SELECT count(*) FROM unnest(%(thresholds)s::bigint[]) AS least
                               WHERE least <= counted) - 1)::int AS reached
    FROM due
), renewed AS MATERIALIZED (
    SELECT member_id, ends_at, until_next, held,
           CASE WHEN %(recompute)s OR reached >= held THEN reached ELSE greatest(held - 1, reached) END AS rank
    FROM judged
), plain AS MATERIALIZED (
    -- Whose next year is over already goes through all of them.
    SELECT member_id, ends_at, held, rank, CASE WHEN rank > 0 THEN until_next END AS until_next, codes.tier_code
    FROM renewed JOIN unnest(%(codes)s::text[], %(ranks)s::int[]) AS codes(tier_code, rank) USING (rank)
    WHERE rank = 0 OR until_next > %(now)s
), added AS (
    INSERT INTO ledger_tierperiod (member_id, tier_code, starts_at, ends_at, why /* tierperiod columns */)
    SELECT member_id, tier_code, ends_at, until_next,
           CASE WHEN rank >= held THEN %(kept)s ELSE %(lost)s END /* tierperiod values */
    FROM plain ORDER BY member_id
), changed AS MATERIALIZED (
    SELECT plain.member_id, plain.tier_code, coalesce(nullif(balance.tier_code, ''), %(entry)s) AS before
    FROM plain JOIN ledger_balance balance USING (member_id)
), balances AS (
    UPDATE ledger_balance balance SET tier_code = changed.tier_code, version = version + 1
    FROM changed WHERE balance.member_id = changed.member_id
), told AS (
    INSERT INTO accounts_outboxevent (merchant_id, topic, member_id, payload, created_at /* outboxevent columns */)
    SELECT %(merchant)s, %(topic)s, member_id,
           jsonb_build_object('tier_before', before, 'tier_code', tier_code), %(now)s /* outboxevent values */
    FROM changed WHERE before <> tier_code ORDER BY member_id
)
SELECT coalesce(array_agg(member_id), '{}') FROM plain
