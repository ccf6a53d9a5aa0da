"""Rewind: what a programme would have cost on the merchant's own purchases. Writes nothing to the books."""
