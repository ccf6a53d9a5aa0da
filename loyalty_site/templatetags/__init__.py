"""Template filters and tags of the top floor."""
