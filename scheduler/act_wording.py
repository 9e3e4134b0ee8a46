"""An act of the office in words: what would happen to whom, and why one person is enough or another has to agree.

Knows the texts. Refuses to know who reads them: they may stand in the office's group, so that they name units, months
and numbers of chats, and nothing about people or marks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from bulletins.wording import name_in, period_name
from consortium.units import all_units
from evaluation.schemes import scheme_for
from locales.texts import text
from reviews.rounds import local_time
from scheduler.act_plans import DRAFT, EXTEND, OPEN, REMIND, SETTLEMENT, SHUT, Plan, moment_of
from scheduler.act_reach import REMINDER_PAUSE

_MOST_UNITS = 20  # in one sentence; the rest as a number
_MOST_FIGURES = 8
_LONGEST_NAME = 40
_CHANNEL_NAMES = {"telegram": "Telegram"}  # the only one with private chats besides this machine's own


def plan_text(session: Session, plan: Plan, language: str) -> str:
    """The whole screen of a plan, without its buttons."""
    lines = {
        OPEN: _open, REMIND: _remind, EXTEND: _extend, SHUT: _close, SETTLEMENT: _settle, DRAFT: _draft,
    }[plan.command](session, plan, language)  # fmt: skip
    rule = text(language, f"acts.second.{plan.second}") if plan.second else text(language, "acts.one_is_enough")
    return "\n".join([title(plan, language), "", *lines, "", rule])


def title(plan: Plan, language: str) -> str:
    """What the act is called, with its month."""
    return text(language, f"acts.title.{plan.command}", month=period_name(plan.period, language))


def done_text(plan: Plan, language: str, outcome: Mapping[str, object]) -> str:
    """That it has been done, and what comes next."""
    return text(
        language, f"acts.done.{plan.command}", month=period_name(plan.period, language), period=plan.period, **outcome
    )


def units_text(session: Session, codes: Sequence[str], language: str) -> str:
    """Units by name, not more than a person reads."""
    names = {each.code: name_in(each.name, language, each.code)[:_LONGEST_NAME] for each in all_units(session)}
    shown = text(language, "acts.comma").join(names.get(code, code) for code in codes[:_MOST_UNITS])
    left = len(codes) - _MOST_UNITS
    return shown if left <= 0 else text(language, "acts.and_more", shown=shown, count=left)


def channels_text(channels: Mapping[str, Any], language: str) -> str:
    """In how many chats of which channel somebody is told."""
    counted = [
        text(language, "acts.chats", channel=_CHANNEL_NAMES.get(channel, channel), count=count)
        for channel, count in channels.items()
    ]
    return text(language, "acts.comma").join(counted) or text(language, "acts.no_chat")


def _open(session: Session, plan: Plan, language: str) -> list[str]:
    facts = plan.facts
    closes, invites = _moment(session, facts["closes_at"]), _moment(session, facts["invites_at"])
    lines = [
        text(language, "acts.open.tasks", assignments=facts["assignments"], units=facts["units"]),
        text(language, "acts.open.closes", closes=closes) if closes else text(language, "acts.open.no_end"),
        text(language, "acts.open.invited_later", invites=invites)
        if invites
        else text(language, "acts.open.invited_now", chats=channels_text(_map(facts["channels"]), language)),
    ]
    return [*lines, text(language, "acts.open.from_file")] if facts["from_file"] else lines


def _remind(session: Session, plan: Plan, language: str) -> list[str]:
    facts, units, lately = plan.facts, _list(plan.facts["units"]), _list(plan.facts["lately"])
    unreachable, closes = _list(plan.facts["unreachable"]), _moment(session, plan.facts["closes_at"])
    lines = [
        text(language, "acts.remind.units", count=len(units), units=units_text(session, units, language)),
        text(language, "acts.remind.chats", chats=channels_text(_map(facts["channels"]), language)),
    ]
    if closes:
        lines.append(text(language, "acts.remind.closes", closes=closes))
    if lately:
        hours = REMINDER_PAUSE.seconds // 3600
        named = units_text(session, lately, language)
        lines.append(text(language, "acts.remind.lately", hours=hours, count=len(lately), units=named))
    if unreachable:
        named = units_text(session, unreachable, language)
        lines.append(text(language, "acts.remind.unreachable", count=len(unreachable), units=named))
    return lines


def _extend(session: Session, plan: Plan, language: str) -> list[str]:
    facts, units = plan.facts, _list(plan.facts["units"])
    lines = [
        text(language, "acts.extend.times", before=_moment(session, facts["from"]), after=_moment(session, facts["to"]))
    ]
    told = channels_text(_map(facts["channels"]), language)
    lines.append(
        text(language, "acts.extend.told", count=len(units), chats=told)
        if units
        else text(language, "acts.extend.nobody_told")
    )
    return [*lines, text(language, "acts.extend.moves", count=facts["moves"])] if facts["moves"] else lines


def _close(session: Session, plan: Plan, language: str) -> list[str]:
    missing, closes = _list(plan.facts["missing"]), _moment(session, plan.facts["closes_at"])
    of = plan.facts["units"]
    lines = [text(language, "acts.close.closes", closes=closes)] if closes else []
    if missing:
        named = units_text(session, missing, language)
        lines.append(text(language, "acts.close.missing", count=len(missing), of=of, units=named))
    else:
        lines.append(text(language, "acts.close.complete", of=of))
    return [*lines, text(language, "acts.close.final")]


def _settle(session: Session, plan: Plan, language: str) -> list[str]:
    """The figures that have not come, indicator by indicator."""
    missing = plan.facts["missing"]
    assert isinstance(missing, list)
    if not missing:
        return [text(language, "acts.settle.complete"), text(language, "acts.settle.final")]
    names = {code: each.name for code, each in scheme_for(session, plan.period).indicators.items()}
    by_indicator: dict[str, list[str]] = {}
    for unit_code, indicator in missing:
        by_indicator.setdefault(indicator, []).append(unit_code)
    lines = [text(language, "acts.settle.missing", count=len(missing))]
    for code, units in list(by_indicator.items())[:_MOST_FIGURES]:
        name = name_in(names.get(code, {}), language, code)
        lines.append(text(language, "acts.settle.figure", indicator=name, units=units_text(session, units, language)))
    left = len(by_indicator) - _MOST_FIGURES
    if left > 0:
        lines.append(text(language, "acts.settle.more", count=left))
    return [*lines, text(language, "acts.settle.as_missing"), text(language, "acts.settle.final")]


def _draft(_session: Session, _plan: Plan, language: str) -> list[str]:
    return [text(language, "acts.draft.what")]


def _moment(session: Session, written: object) -> str:
    return local_time(session, moment_of(str(written))) if written is not None else ""


def _list(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(each) for each in value]


def _map(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value
