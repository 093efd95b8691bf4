"""Why a formula is refused."""


class Refused(Exception):  # noqa: N818 - it says what becomes of a formula
    """A formula is refused; the message is a clause without a full stop."""

    row: int = 0
    """Which row of the formula is, from 0."""


class Untrue(Refused):
    """A formula has a meaning, and does not hold."""


class Meaningless(Refused):
    """A formula, or something in it, has no meaning."""
