"""Where in a survey a chat is looking: typed words name no question, as a button does, so the place is remembered.

Kept only where it differs from what is asked next anyway, and only for one revision: any change of the answers makes it
void. Refuses to know what is said there.
"""

from __future__ import annotations

from sqlalchemy import delete, select

from bot.models import TextPrompt
from bot.turn import Turn
from storage.database import upsert
from surveys.conversation import Ask, next_step
from surveys.sittings import Sitting

AT_REVIEW = ""
"""The place of a chat that looks at the review although something is still unanswered."""


def place_in_chat(turn: Turn, sitting: Sitting) -> str | None:
    """The question that the chat looks at, or `AT_REVIEW`; None: at what is asked next."""
    return turn.session.scalar(
        select(TextPrompt.question_id).where(
            TextPrompt.channel == turn.said.channel,
            TextPrompt.chat == turn.said.chat,
            TextPrompt.response_id == sitting.response_id,
            TextPrompt.revision == sitting.revision,
        )
    )


def note_place(turn: Turn, sitting: Sitting, question_id: str) -> None:
    """The chat now looks at this question (or `AT_REVIEW`)."""
    step = next_step(sitting.questionnaire, sitting.answers)
    if question_id == (step.question.id if isinstance(step, Ask) else AT_REVIEW):
        forget_place(turn)
        return
    key = {"channel": turn.said.channel, "chat": turn.said.chat}
    what = {"response_id": sitting.response_id, "question_id": question_id, "revision": sitting.revision}
    upsert(turn.session, TextPrompt, key | what, ["channel", "chat"], what)


def forget_place(turn: Turn) -> None:
    """The chat looks at what is asked next."""
    turn.session.execute(
        delete(TextPrompt).where(TextPrompt.channel == turn.said.channel, TextPrompt.chat == turn.said.chat)
    )
