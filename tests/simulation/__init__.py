"""Stories from seeds, told to the books of this suite's databases."""
