"""What we do about it: recipes, messages, channels, approvals."""
