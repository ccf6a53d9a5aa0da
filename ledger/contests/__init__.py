"""Contests in the books: who takes part, how they stand, and what the first places won."""
