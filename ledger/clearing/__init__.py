"""Partners who honour vouchers: what each use makes a merchant owe them, and how it is settled."""
