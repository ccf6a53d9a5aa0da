"""What happened: purchases, points movements, lots, redemptions, refunds, expiry."""
