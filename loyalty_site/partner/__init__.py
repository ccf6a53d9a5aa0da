"""The small room of an outside partner: a PIN, a code, a press. No member is ever seen here."""
