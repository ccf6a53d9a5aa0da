"""Random lives of members, told to the real books and to a small model of the rules, and compared."""
