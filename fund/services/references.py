"""References that people can read out on the telephone: no vowels (no words), no 0/O, no 1/I/L."""

import secrets

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def new_reference(prefix: str) -> str:
    """For instance ``DO-7KXM-93RT``: 27^8 possibilities, so that nobody guesses a neighbour's."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"
