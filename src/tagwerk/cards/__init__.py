"""The YAML cards that a user writes, each key declared once."""
