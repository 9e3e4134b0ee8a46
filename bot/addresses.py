"""The addresses people are given: sign-in pages and links that open the bot. PURE.

Knows how an address is put together. Refuses to know who may have it; a token in it is the whole secret.
"""

from __future__ import annotations

from locales.errors import DomainError

SIGN_IN_PATH = "/sign-in/"
SURVEY_PATH = "/s/"


def sign_in_address(public_url: str | None, token: str, *, to: str = "") -> str:
    """The page that spends a web sign-in link and goes on to the page `to`, or else to the person's own desk;
    `no_public_url` where this installation has no address.
    """
    if public_url is None:
        raise DomainError("no_public_url")
    return f"{public_url.rstrip('/')}{SIGN_IN_PATH}{token}" + (f"?to={to}" if to else "")


def bot_address(bot_name: str | None, payload: str) -> str:
    """The link that opens the bot with a ticket or a bind token; `no_bot_name` where no bot is set."""
    if not bot_name:
        raise DomainError("no_bot_name")
    return f"https://t.me/{bot_name}?start={payload}"


def survey_address(public_url: str, ticket: str) -> str:
    """The page of the survey that a ticket opens."""
    return f"{public_url.rstrip('/')}{SURVEY_PATH}{ticket}"
