"""Tests, each through the door its user uses."""
