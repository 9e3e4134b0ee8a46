"""An honour in words: who was nominated, how it stands, what its gate asks, what the list says."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.honour_models import Honour
from bulletins.honour_notices import until_words
from bulletins.honour_votes import Placed, ResultList, is_counted
from bulletins.honours import NOMINATING, VOTING
from bulletins.nominations import gate_of
from bulletins.parts import Wording
from bulletins.wording import name_in, one_line
from consortium.models import Unit
from locales.numbers import plain
from locales.texts import text


def unit_wordings(session: Session) -> Mapping[str, Wording]:
    """Every unit's name, also of those that left."""
    return {unit.code: unit.name for unit in session.scalars(select(Unit).order_by(Unit.position))}


def who_words(units: Mapping[str, Wording], unit_code: str, candidate: str, language: str) -> str:
    """`人民医院`, or `张三（人民医院）`."""
    name = name_in(units.get(unit_code, {}), language, unit_code)
    return text(language, "honours.nominee.person", name=one_line(candidate), unit=name) if candidate else name


def state_words(session: Session, found: Honour, language: str) -> str:
    """How it stands, and until when."""
    if found.state == NOMINATING:
        return text(language, "honours.state.nominating", until=until_words(session, found.nominate_until))
    if found.state == VOTING and is_counted(session, found):
        return text(language, "honours.state.counted")
    if found.state == VOTING:
        return text(language, "honours.state.voting", until=until_words(session, found.vote_until))
    return text(language, f"honours.state.{found.state}")


def rule_words(found: Honour, language: str) -> str:
    """Whom it goes to, how many places, and its gate."""
    gate = gate_of(found)
    asked = [text(language, "honours.gate.no_veto")]
    if gate.minimum is not None:
        asked.append(text(language, "honours.gate.minimum", minimum=plain(gate.minimum)))
    if gate.two_years:
        asked.append(text(language, "honours.gate.two_years"))
    separator = text(language, "honours.separator")
    rules = (
        text(language, f"honours.goes_to.{found.goes_to}"),
        text(language, "honours.places", count=found.places),
        text(language, "honours.gate", words=separator.join(asked)),
    )
    return separator.join(rules)


def gate_words(bar: str | None, language: str) -> str:
    """Whether a nomination passes, and why not."""
    if bar is None:
        return text(language, "honours.eligible")
    return text(language, "honours.barred", why=text(language, f"honours.bar.{bar}"))


def result_words(units: Mapping[str, Wording], result: ResultList, language: str) -> list[str]:
    """The list, a line each, and how many voted."""
    lines = [_row(units, row, language) for row in result.rows if row.place is not None or row.votes is not None]
    if not result.winners:
        lines.insert(0, text(language, "honours.result_nobody"))
    if result.votes is None:
        lines.append(text(language, "honours.result_few"))
    else:
        lines.append(text(language, "honours.result_votes", votes=result.votes, voters=result.voters))
    return lines


def _row(units: Mapping[str, Wording], row: Placed, language: str) -> str:
    who = who_words(units, row.unit_code, row.candidate, language)
    if row.place is None:
        return text(language, "honours.result_rest", who=who, votes=row.votes)
    if row.votes is None:
        return text(language, "honours.result_row_few", place=row.place, who=who)
    return text(language, "honours.result_row", place=row.place, who=who, votes=row.votes)
