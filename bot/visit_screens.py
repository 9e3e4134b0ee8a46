"""What the screens of visit lists say, and what their buttons carry: the list's id and the form it goes back in.

Knows words and buttons. Refuses to know what may be done and does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.inbound import WantedFile
from bot.layout import by_length, page_of, page_turners
from bot.turn import Turn
from consortium.models import Unit
from consortium.units import unit, zone
from locales.errors import Finding, explain
from locales.texts import pick
from outbox.message import Button, Message
from surveys.fielding.link_files import CSV, XLSX
from surveys.fielding.list_words import count_outcomes, fault_place
from surveys.fielding.models import VisitList
from surveys.fielding.visit_files import MOST_FINDINGS
from surveys.fielding.visit_lists import ListedVisit

HOW, UNIT, PAGE, INVITE, CANCEL, AGAIN = "h", "u", "p", "i", "n", "f"
SHOWN_FAULTS = 15


def preview(turn: Turn, found: VisitList, rows: Sequence[ListedVisit], form: str) -> Message:
    said = turn.text(
        "visits.preview",
        unit=unit_name(turn, found.unit_code),
        rows=len(rows),
        counts=_counts(turn, rows),
        until=_local(turn, found),
    )
    buttons = (
        (Button(turn.text("visits.invite"), ("v", INVITE, found.id, form)),),
        (Button(turn.text("visits.cancel"), ("v", CANCEL, found.id)),),
    )
    return Message(said, buttons)


def done(turn: Turn, found: VisitList, rows: Sequence[ListedVisit]) -> Message:
    said = turn.text(
        "visits.done",
        unit=unit_name(turn, found.unit_code),
        rows=len(rows),
        counts=_counts(turn, rows),
        until=_local(turn, found),
    )
    forms = tuple(
        Button(turn.text("visits.again", form=form.upper()), ("v", AGAIN, found.id, form)) for form in (CSV, XLSX)
    )
    return Message(said, (forms, home(turn)))


def nothing_new(turn: Turn, wanted: WantedFile, rows: Sequence[ListedVisit]) -> Message:
    said = turn.text(
        "visits.nothing_new",
        unit=unit_name(turn, wanted.unit_code),
        rows=len(rows),
        counts=_counts(turn, rows),
    )
    return Message(said, (home(turn),))


def faults(turn: Turn, wanted: WantedFile, findings: Sequence[Finding]) -> Message:
    lines = [turn.text("visits.refused", unit=unit_name(turn, wanted.unit_code))]
    for finding in findings[:SHOWN_FAULTS]:
        place = fault_place(finding, turn.language)
        lines.append(turn.text("visits.fault", place=place, reason=explain(turn.language, finding)))
    more = len(findings) - SHOWN_FAULTS
    if more > 0:
        is_cut = len(findings) >= MOST_FINDINGS
        lines.append(turn.text("visits.more_faults_at_least" if is_cut else "visits.more_faults", count=more))
    lines.append(turn.text("visits.send_again"))
    return Message("\n".join(lines), (home(turn),))


def unit_choice(turn: Turn, units: Sequence[Unit], page_number: int) -> Message:
    shown, page = page_of(units, page_number)
    buttons = [Button(pick(each.name, turn.language), ("v", UNIT, each.code)) for each in shown]
    turners = page_turners(page, ("v", PAGE), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later"))
    return Message(turn.text("visits.which_unit"), (*by_length(buttons), *turners, home(turn)))


def _counts(turn: Turn, rows: Sequence[ListedVisit]) -> str:
    told = [
        turn.text("visits.count", outcome=turn.text(f"fielding.outcome.{outcome}"), count=count)
        for outcome, count in count_outcomes(list(rows))
    ]
    return turn.text("visits.and").join(told)


def unit_name(turn: Turn, code: str) -> str:
    return pick(unit(turn.session, code).name, turn.language)


def _local(turn: Turn, found: VisitList) -> str:
    return f"{found.expires_at.astimezone(zone(turn.session)):%Y-%m-%d %H:%M}"


def home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.menu.back"), ("m", "menu")),)
