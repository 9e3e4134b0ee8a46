"""How far the month is: who still has to score, how many responses have come in. Nothing about any mark or score.

Knows participation by unit and numbers of responses. There is no interim figure of satisfaction or of peers for anyone,
the office included.
"""

from __future__ import annotations

from sqlalchemy import func, select

from bot.inbound import Reply
from bot.layout import LONGEST_TEXT, fitted
from bot.turn import Turn
from consortium.periods import Period
from consortium.permissions import may_run_season, require
from consortium.units import all_units, zone
from locales.texts import pick
from outbox.message import Button, Message
from reviews.rounds import local_time, open_round_of, progress
from surveys.models import Response

_ROOM = LONGEST_TEXT - 200


def progress_screen(turn: Turn) -> Reply:
    """The month so far, unit by unit."""
    require(may_run_season(turn.known_actor()))
    period = Period.month_of(turn.now, zone(turn.session))
    names = {each.code: pick(each.name, turn.language) for each in all_units(turn.session)}
    parts = [*_round_lines(turn, names), "", *_response_lines(turn, period, names)]
    steps = (Button(turn.text("acts.button.status"), ("c", "s", "")),)
    home = (Button(turn.text("bot.office.back"), ("o", "menu")),)
    return Reply(Message(fitted("\n".join(parts), _ROOM), (steps, home)), edits=True)


def _round_lines(turn: Turn, names: dict[str, str]) -> list[str]:
    """Who has not scored everyone yet."""
    round_ = open_round_of(turn.session)
    if round_ is None:
        return [turn.text("bot.progress.no_round")]
    units = progress(turn.session, Period.parse(round_.period))
    missing = [each for each in units if each.done < each.assigned]
    lines = [turn.text("bot.progress.round", period=round_.period, done=len(units) - len(missing), total=len(units))]
    if round_.closes_at is not None:
        lines.append(turn.text("bot.ballot.closes", moment=local_time(turn.session, round_.closes_at)))
    if missing:
        lines.append(turn.text("bot.progress.missing"))
    lines += [
        turn.text(
            "bot.progress.unit", unit=names.get(each.unit_code, each.unit_code), done=each.done, total=each.assigned
        )
        for each in missing
    ]
    return lines


def _response_lines(turn: Turn, period: Period, names: dict[str, str]) -> list[str]:
    """How many responses each unit has in the month that runs."""
    counts: dict[str, int] = dict(
        turn.session.execute(
            select(Response.unit_code, func.count())
            .where(Response.state == "sent", Response.period == str(period))
            .group_by(Response.unit_code)
        ).all()
    )
    lines = [turn.text("bot.progress.responses", period=period, total=sum(counts.values()))]
    lines += [turn.text("bot.progress.count", unit=name, count=counts.get(code, 0)) for code, name in names.items()]
    return lines
