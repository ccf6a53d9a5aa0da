"""Commands of the analytics floor."""
