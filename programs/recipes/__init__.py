"""Complete programmes by sector: one file each, and one click between an empty shop and a working draft.

A file holds nothing but words and numbers; its keys are the columns of a version and of its parts, so a new
kind of part needs no word here. Adding a sector is adding a file (docs/decisions/0023).
"""
