"""The proof of the books: every cache from its movements, every chain from its rows."""
