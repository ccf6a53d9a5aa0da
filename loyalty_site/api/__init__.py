"""The door for machines: `/api/v1/`. Reads requests, asks the floors below, writes answers; no rules."""
