"""`python -m tagwerk` is `tagwerk`."""

from tagwerk.cli import program

program()
