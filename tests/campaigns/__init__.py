"""Recipes, messages and the people who approve them."""
