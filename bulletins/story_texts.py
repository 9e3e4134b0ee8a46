"""A stored story in words: with its unit's name looked up, and how it stands."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bulletins.honour_models import Story
from bulletins.stories import CHOSEN
from bulletins.story_wording import quoted_story
from bulletins.wording import period_name
from consortium.models import Unit
from consortium.periods import Period
from locales.texts import text


def story_words_of(session: Session, found: Story, language: str) -> str:
    """As it would be printed; one sentence for what was taken back."""
    if found.words is None:
        return text(language, "stories.gone")
    unit = session.get(Unit, found.unit_code) if found.unit_code is not None else None
    return quoted_story(
        language,
        words=found.words,
        byline=found.byline,
        teller=found.teller,
        unit_name=unit.name if unit is not None else None,
    )


def story_state(found: Story, language: str) -> str:
    """How it stands: for which month it was chosen, where it was."""
    if found.state == CHOSEN and found.period is not None:
        return text(language, "stories.chosen_for", period=period_name(Period.parse(found.period), language))
    return text(language, f"stories.state.{found.state}")
