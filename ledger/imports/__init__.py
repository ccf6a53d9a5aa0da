"""What comes in by file: purchases, people and opening balances."""
