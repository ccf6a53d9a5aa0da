#!/usr/bin/env python
"""The command line of the project: `manage.py up`, `manage.py import_purchases` and so on."""

import os
import sys


def main() -> None:
    """Hand the command line to Django with our settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
