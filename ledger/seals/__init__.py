"""Hash-chained blocks over the books: what is hashed, when a row may be sealed, the sealer, the letters."""
