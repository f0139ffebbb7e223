"""The one kind of error that a user sees: a line that says what is wrong and what to do."""


class UserError(Exception):
    """A mistake in what the user gave; its text is one line naming file, key and value."""
