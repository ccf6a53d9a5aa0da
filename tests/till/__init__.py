"""The till through its own door."""
