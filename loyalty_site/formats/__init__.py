"""Number and date formats of our own, where Django's would be wrong for a reader in Saudi Arabia."""
