"""What the office is told of acts that two people have to want: the proposal with its buttons, and what came of it.

Buttons carry the proposal's number and digest, never what it says. Refuses to decide anything itself.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import period_name
from consortium.models import Person
from consortium.people import people_with_role
from consortium.periods import Period
from consortium.permissions import OFFICE, Actor
from locales.texts import text
from outbox.message import Button, Message
from reviews.rounds import local_time
from scheduler.act_plans import DIGEST_DIGITS, Plan
from scheduler.act_wording import plan_text
from scheduler.models import OfficeAct

LETTER = "c"
AGREE, REFUSE, LOOK = "a", "n", "v"
"""What the buttons about a proposal do, in the chat's conversation `LETTER`."""


def tell_of_proposal(session: Session, *, act: OfficeAct, plan: Plan, actor: Actor, now: datetime) -> int:
    """Ask the others of the office, each with the same screen and the two buttons; how many chats."""
    others = [person for person in people_with_role(session, OFFICE) if person.id != actor.person_id]
    return tell(
        session,
        people=others,
        key=f"act:{act.id}",
        kind="notice",
        message=lambda language: proposal_message(session, act, plan, actor.name, language),
        now=now,
    )


def tell_of_decision(session: Session, *, act: OfficeAct, actor: Actor, occasion: str, now: datetime) -> int:
    """Tell the proposer what another made of it: `done`, `refused` or `changed`; nobody of what they did themselves."""
    proposer = session.get(Person, act.proposed_by)
    if proposer is None or proposer.id == actor.person_id:
        return 0

    def message(language: str) -> Message:
        return Message(text(language, f"acts.told.{occasion}", name=actor.name, title=act_title(act, language)))

    return tell(session, people=[proposer], key=f"act-{occasion}:{act.id}", kind="notice", message=message, now=now)


def proposal_message(session: Session, act: OfficeAct, plan: Plan, by: str, language: str) -> Message:
    """A proposal as it stands: who proposes it, all that it would do, until when, and the two buttons."""
    until = local_time(session, act.expires_at)
    said = [text(language, "acts.proposed", by=by, until=until), "", plan_text(session, plan, language)]
    return Message("\n".join(said), proposal_buttons(act, language))


def proposal_buttons(act: OfficeAct, language: str) -> tuple[tuple[Button, ...], ...]:
    """To agree (bound to what was proposed), and to refuse or take back."""
    seen = act.digest[:DIGEST_DIGITS]
    agree = Button(text(language, "acts.button.agree"), (LETTER, AGREE, str(act.id), seen))
    refuse = Button(text(language, "acts.button.refuse"), (LETTER, REFUSE, str(act.id)))
    return ((agree,), (refuse,))


def act_title(act: OfficeAct, language: str) -> str:
    """What the act is called, with its month."""
    return text(language, f"acts.title.{act.command}", month=period_name(Period.parse(act.subject), language))
