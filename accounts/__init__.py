"""Who: merchants, branches, staff, members, consent, keys, access gates, the outbox."""
