"""Backups, the way back, and a merchant's books to take away."""
