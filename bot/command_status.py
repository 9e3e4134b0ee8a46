"""Where a month stands, for the office: who is missing, what is late, what failed, what waits, and what comes next.

Knows participation by unit, numbers and codes. It may stand in the office's group: no mark, no answer, nobody's name
but of those who propose, and no number of fewer than five patients.
"""

from __future__ import annotations

from bot.command_acts import LETTER, SHOW, STATUS
from bot.command_months import Stage, month_at_hand, next_due, stage_of, troubles, waiting_lines
from bot.command_words import month_in
from bot.inbound import Reply
from bot.layout import LONGEST_TEXT, Rows, fitted, in_rows
from bot.turn import Turn
from bulletins.wording import period_name
from consortium.disclosure import MINIMUM_SHOWN
from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import zone
from evaluation.missing_readings import missing_readings
from locales.errors import DomainError
from outbox.message import Button, Message
from reviews.rounds import OPEN, local_time, progress, round_of
from scheduler.act_notices import LOOK, act_title
from scheduler.act_wording import units_text
from scheduler.office_acts import standing_acts
from surveys.sittings import VISIT
from surveys.tallies import responses

_ROOM = LONGEST_TEXT - 400
_MOST_ACTS = 4


def command(turn: Turn, rest: str) -> Reply:
    """`/status`, `/status 2026-10`."""
    return Reply(_screen(turn, month_in(rest)))


def tapped(turn: Turn, written: str) -> Reply:
    """The button with a month, or without one."""
    try:
        period = Period.parse(written) if written else None
    except DomainError:
        raise DomainError("button_expired") from None
    return Reply(_screen(turn, period), edits=True)


def _screen(turn: Turn, period: Period | None) -> Message:
    require(may_see_season(turn.known_actor()))
    month = period or month_at_hand(turn.session, turn.now)
    if not month.is_month:
        raise DomainError("period_not_month", period=str(month))
    stage = stage_of(turn.session, month, turn.now)
    parts = [
        turn.text("status.title", month=period_name(month, turn.language)),
        *_round_lines(turn, month),
        *_patient_lines(turn, month),
        *_figure_lines(turn, month),
        *_section(turn, "status.failed", troubles(turn.session, month, turn.language)),
        *_section(turn, "status.waiting", waiting_lines(turn.session, month, turn.language, turn.now)),
        "",
        turn.text(f"status.next.{stage.name}", period=month, **_when(turn, stage, month)),
    ]
    return Message(fitted("\n".join(parts), _ROOM), _rows(turn, month, stage))


def _round_lines(turn: Turn, month: Period) -> list[str]:
    round_ = round_of(turn.session, month)
    if round_ is None:
        return [turn.text("status.no_round")]
    units = progress(turn.session, month)
    missing = [each.unit_code for each in units if each.done < each.assigned]
    state = turn.text(f"status.round.{round_.state}")
    lines = [turn.text("status.round.line", state=state, done=len(units) - len(missing), of=len(units))]
    if round_.state == OPEN and round_.closes_at is not None:
        key = "status.round.closes" if turn.now < round_.closes_at else "status.round.is_over"
        lines.append(turn.text(key, closes=local_time(turn.session, round_.closes_at)))
    if missing:
        named = units_text(turn.session, missing, turn.language)
        lines.append(turn.text("status.round.missing", count=len(missing), units=named))
    return lines


def _patient_lines(turn: Turn, month: Period) -> list[str]:
    """How many answered in the whole consortium; of fewer than five, that they are fewer."""
    total = sum(responses(turn.session, period=month, stream=VISIT).values())
    if 0 < total < MINIMUM_SHOWN:
        return [turn.text("status.few_responses", limit=MINIMUM_SHOWN)]
    return [turn.text("status.responses", count=total)]


def _figure_lines(turn: Turn, month: Period) -> list[str]:
    """Figures that have not come; of a month that runs, none is late yet."""
    missing = missing_readings(turn.session, month)
    if not missing:
        return []
    is_over = turn.now >= month.bounds(zone(turn.session))[1]
    units = list(dict.fromkeys(each.unit_code for each in missing))
    named = units_text(turn.session, units, turn.language)
    key = "status.figures" if is_over else "status.figures_to_come"
    return [turn.text(key, count=len(missing), units=named, due=missing[0].due_on)]


def _section(turn: Turn, key: str, lines: list[str]) -> list[str]:
    return ["", turn.text(key), *(f"· {line}" for line in lines)] if lines else []


def _when(turn: Turn, stage: Stage, month: Period) -> dict[str, str]:
    """When the timetable takes the next step by itself."""
    moment = next_due(turn.session, stage, month)
    by_itself = turn.text("status.by_itself", moment=local_time(turn.session, moment)) if moment else ""
    return {"when": by_itself}


def _rows(turn: Turn, month: Period, stage: Stage) -> Rows:
    """The steps that can be taken now, the proposals that wait, the months beside."""
    rows = []
    if may_run_season(turn.known_actor()):
        steps = [Button(turn.text(f"status.step.{name}"), (LETTER, SHOW, name, str(month))) for name in stage.steps]
        rows += list(in_rows(steps, 2))
        for act in standing_acts(turn.session, now=turn.now)[:_MOST_ACTS]:
            label = turn.text("status.decide", title=act_title(act, turn.language))
            rows.append((Button(label, (LETTER, LOOK, str(act.id))),))
    beside = (month.previous(), month.next())
    rows.append(tuple(Button(str(each), (LETTER, STATUS, str(each))) for each in beside))
    if turn.is_private and may_run_season(turn.known_actor()):
        rows.append((Button(turn.text("bot.office.back"), ("o", "menu")),))
    return tuple(rows)
