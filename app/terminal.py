"""`tongping chat`: the conversation of `bot.terminal` on this terminal."""

from __future__ import annotations

from app.answer import Answer
from app.installation import opened
from app.settings import read_settings, secret_key, terminal_language
from bot.terminal import converse
from bot.turn import Context
from consortium.units import installation


def chat() -> Answer:
    """Talk until the end of the input."""
    settings = read_settings()
    secret = secret_key(settings)
    with opened(settings) as database:
        with database.transaction() as session:
            bot_name = installation(session).bot_name

        def context() -> Context:
            return Context(secret, settings.clock.now(), settings.public_url, bot_name)

        converse(database=database, context=context, read=input, show=print, language=terminal_language())
    return Answer(None)
