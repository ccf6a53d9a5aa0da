"""One writer: what was planned becomes rows, by one call on PostgreSQL and by rows elsewhere."""
