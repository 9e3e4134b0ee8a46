"""How an action is named and told, in chat and on pages, and what somebody may do about it as it stands.

Knows words. Refuses to decide anything: `evaluation.actions` is asked for every act.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from bulletins.wording import period_name
from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import Actor, may_carry_out, may_manage_actions
from evaluation.actions import CANCELLED, MANUAL, OPEN, STANDING, is_overdue
from evaluation.office_models import Action
from locales.texts import text
from scheduler.action_decisions import CANCEL, DONE, PLAN
from scheduler.action_notices import action_words
from scheduler.objection_wording import unit_name


def may_act(found: Action, act: str, actor: Actor) -> bool:
    """Whether this is something the person could do about it now."""
    if act == CANCEL:
        return may_manage_actions(actor) and found.state in STANDING
    if not may_carry_out(actor, found.unit_code) or found.state != OPEN:
        return False
    return act == PLAN or (act == DONE and found.words is not None)


def state_of(found: Action, today: date) -> str:
    """The last part of a text key: how it stands."""
    if is_overdue(found, today):
        return "overdue"
    if found.state == OPEN:
        return "unplanned" if found.words is None else "planned"
    return found.state


def action_line(session: Session, found: Action, *, today: date | None, language: str) -> str:
    """`人民医院 · 下转率`, and how it stands on a day."""
    line = text(
        language, "actions.line", unit=unit_name(session, found.unit_code, language),
        name=action_words(session, found, language),
    )  # fmt: skip
    return line if today is None else f"{line} · {text(language, f'actions.state.{state_of(found, today)}')}"


def action_facts(session: Session, found: Action, language: str) -> list[str]:
    """Where it comes from, when it is due, when it is looked at again, whose it is, which round."""
    key = "actions.from_manual" if found.origin == MANUAL else "actions.from_red"
    owner = session.get(Person, found.owner_id) if found.owner_id is not None else None
    facts = [text(language, key, period=period_name(Period.parse(found.period), language))]
    if found.state in STANDING:
        recheck = period_name(Period.parse(found.recheck_period), language)
        facts += [
            text(language, "actions.due", due=found.due_on.isoformat()),
            text(language, "actions.recheck", period=recheck),
        ]
    name = text(language, "actions.no_owner") if owner is None else text(language, "actions.owner", name=owner.name)
    facts.append(name)
    if found.rounds > 1:
        facts.append(text(language, "actions.rounds", rounds=found.rounds))
    return facts


def action_story(found: Action) -> list[tuple[str, str]]:
    """What was written about it: the last part of a text key, and the words."""
    told = [("actions.plan", found.words)]
    if found.done_words is not None:
        key = "actions.reason" if found.state == CANCELLED else "actions.done_words"
        told.append(("actions.last_round" if found.state == OPEN else key, found.done_words))
    return [(key, words) for key, words in told if words is not None]


def action_text(session: Session, found: Action, *, today: date, language: str) -> str:
    """An action whole, as one text."""
    head = text(language, "actions.heading", number=found.number)
    state = text(language, f"actions.state.{state_of(found, today)}")
    parts = [f"{head} · {state}", action_line(session, found, today=None, language=language)]
    parts.append("\n".join(f"· {fact}" for fact in action_facts(session, found, language)))
    parts += [f"{text(language, key)}\n{words}" for key, words in action_story(found)]
    return "\n\n".join(parts)
