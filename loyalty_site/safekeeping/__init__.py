"""Keeping the installation safe: backups, the way back, and a merchant's books to take away."""
