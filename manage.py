#!/usr/bin/env python
"""Run Concord's management commands."""

import os
import sys


def main() -> None:
    """Hand the command line to Django with Concord's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read the output has seen enough (`… | head`); its end must not fail on the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OperationalError, ProgrammingError) as error:
        # SQLite: "no such table", PostgreSQL: undefined_table (42P01).
        if "no such table" not in str(error) and getattr(error.__cause__, "sqlstate", "") != "42P01":
            raise
        sys.exit("This database is not prepared yet: run `python manage.py migrate` first.")


if __name__ == "__main__":
    main()
