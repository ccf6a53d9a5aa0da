"""PostgreSQL as Django knows it, but whether a kept connection still stands is seen and not asked."""
