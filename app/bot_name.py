"""The user name of the bot, for the links that lead to it: configured, remembered from the last start, or asked."""

from __future__ import annotations

import asyncio

from sqlalchemy.orm import Session

from app.settings import Settings
from consortium.units import installation
from locales.errors import DomainError


def bot_name(session: Session, settings: Settings) -> str:
    """The name without @; `bot_unknown` when there is neither a name nor a token to ask with."""
    row = installation(session)
    if row.bot_name is None and settings.telegram_token is not None:
        row.bot_name = asyncio.run(_ask(settings.telegram_token, settings.telegram_api))
    if row.bot_name is None:
        raise DomainError("bot_unknown")
    return row.bot_name


async def _ask(token: str, api: str) -> str:
    from delivery.senders.telegram import user_name  # noqa: PLC0415 - a heavy library, seldom needed

    name = await user_name(token=token, api=api)
    if name is None:
        raise DomainError("telegram_unreachable")
    return name
