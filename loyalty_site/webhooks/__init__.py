"""What shops and payment providers tell us: proved, kept as it came, answered at once."""
