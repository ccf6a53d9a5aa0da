"""Outgoing webhooks: what happens is told to the machines that a merchant named, signed and in order."""
