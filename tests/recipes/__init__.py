"""Ready-made programmes: the files, the click, and the life of a shop that starts from one."""
