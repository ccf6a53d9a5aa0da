"""What is owed: outstanding points, breakage, journals, and the files that show them."""
