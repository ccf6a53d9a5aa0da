"""The loop, end to end: what no single room can promise."""
