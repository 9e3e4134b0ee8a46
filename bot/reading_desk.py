"""Figures in chat, for a unit's representatives: what is missing, a number in words, looked at once more, kept; then
perhaps a photo or a document as its evidence (rules 16, 34).

Knows the way from the list to a kept figure. What may be entered, and what a late figure does, is `evaluation.entries`'
to say; what somebody wrote waits in the chat's prompt until its writer says yes.
"""

from __future__ import annotations

from sqlalchemy import select

from bot import reading_screens as screens
from bot.inbound import Reply, SentFile, WantedFile
from bot.prompts import ask_for_words, forget_prompt, keep_words, prompt_of
from bot.reading_screens import LETTER, Place, mark_of
from bot.turn import Turn
from consortium.links import new_token
from consortium.periods import Period
from consortium.permissions import REPRESENTATIVE, Actor, require
from consortium.units import all_units, unit, zone
from evaluation.elements import Indicator
from evaluation.entries import asked_indicator, collecting_month, enter_reading, may_enter, reading_of
from evaluation.figure_words import is_beyond_whole, read_figure, written_figure
from evaluation.missing_readings import Asked, asked_of_tier, due_on, is_member, missing_readings
from evaluation.models import Reading
from evaluation.reading_evidence import attach_evidence
from evaluation.reading_plans import LATE, scheme_if_any
from evaluation.strata import Counts
from locales.errors import DomainError, Reask, explain
from outbox.deliveries import LOCAL
from outbox.message import Button, Message
from reviews.panel_evidence import LARGEST_EVIDENCE

FIGURE, EVIDENCE = "reading", "reading_file"
"""What the chat is asked for: a number, or a file."""

_MONTHS = 4
_PICTURES = {".pdf", ".png", ".jpg", ".jpeg"}
_MIMES = {"application/pdf", "image/png", "image/jpeg"}
_EXPIRED = DomainError("button_expired")


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """The entry of the main menu: for representatives of units that hand something in, with how much is missing."""
    if REPRESENTATIVE not in actor.roles:
        return []
    period = collecting_month(turn.session, turn.now)
    scheme = scheme_if_any(turn.session, period)
    units = [each for each in all_units(turn.session) if each.code in actor.units]
    if scheme is None or not any(asked_of_tier(scheme, each.tier) for each in units):
        return []
    count = len(missing_readings(turn.session, period, units=units))
    label = turn.text("readings.chat.menu_missing", count=count) if count else turn.text("readings.chat.menu")
    return [Button(label, (LETTER, screens.START))]


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of these screens."""
    return _tapped(turn, fields, is_again=False)


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: what only shows is shown again, after an act the figure as it is on record."""
    if fields[1:2] == (screens.SAVE,):
        place = _place(turn, fields)
        return _kept_screen(turn, place, "")
    return _tapped(turn, fields, is_again=True)


def written(turn: Turn, subject: str, words: str) -> Reply:
    """A number was typed: read, shown once more, and kept only after a yes. What is no number is asked for again."""
    place, indicator = _subject(turn, subject)
    figure = read_figure(words, indicator)
    if isinstance(figure, Reask):
        return Reply(more=(Message(explain(turn.language, figure)),))
    keep_words(turn, written_figure(figure))
    return Reply(_confirm_screen(turn, place, indicator, figure))


def written_instead(turn: Turn, subject: str, words: str) -> Reply:
    """Words where a file was asked for: say so again."""
    del words
    place, _ = _subject(turn, subject)
    return _evidence_screen(turn, place)


def takes_file(turn: Turn) -> bool:
    """Whether what was sent is the evidence that this chat was asked for."""
    if not turn.is_private or turn.actor is None or turn.said.file is None or not _is_picture(turn.said.file):
        return False
    prompt = prompt_of(turn)
    return prompt is not None and prompt.purpose == EVIDENCE


def received(turn: Turn) -> Reply:
    """A photo or a document has come for a figure: fetched after the commit."""
    prompt, file = prompt_of(turn), turn.said.file
    if prompt is None or file is None:
        raise _EXPIRED
    place, _ = _subject(turn, prompt.subject)
    if file.size is not None and file.size > LARGEST_EVIDENCE:
        raise DomainError("evidence_too_large", limit=LARGEST_EVIDENCE // 1024**2)
    wanted = WantedFile(file, place.unit_code, zone(turn.session), turn.language, EVIDENCE, prompt.subject)
    return Reply(wanted=wanted)


def fetched(turn: Turn, wanted: WantedFile, content: bytes) -> Reply:
    """The file is here: keep it as the evidence. Another one may follow; the last one counts."""
    place, _ = _subject(turn, wanted.subject)
    attach_evidence(
        turn.session, actor=turn.known_actor(), unit_code=place.unit_code, period=place.period,
        indicator=place.indicator, name=wanted.file.name, content=content, new_id=new_token(), now=turn.now,
    )  # fmt: skip
    return _kept_screen(turn, place, turn.text("readings.chat.evidence_kept"), edits=False)


def _tapped(turn: Turn, fields: tuple[str, ...], *, is_again: bool) -> Reply:
    if not turn.is_private:
        raise _EXPIRED
    verb = fields[1] if len(fields) > 1 else ""
    if verb == screens.START:
        return _start(turn, fields)
    if verb in {screens.LIST, screens.MONTHS}:
        unit_code = _unit(turn, fields)
        return _list(turn, unit_code, fields) if verb == screens.LIST else _months(turn, unit_code)
    place = _place(turn, fields)
    if verb == screens.INDICATOR:
        return _indicator(turn, place, asks=not is_again)
    if verb == screens.EVIDENCE:
        return _ask_for_evidence(turn, place, asks=not is_again)
    if verb == screens.SAVE:
        return _save(turn, place, fields[5] if len(fields) > 5 else "")  # noqa: PLR2004 - the last field
    if verb == screens.CANCEL:
        if not is_again:
            forget_prompt(turn)
        return _list(turn, place.unit_code, (LETTER, screens.LIST, "", str(place.period), screens.MISSING, "0"))
    raise _EXPIRED


def _start(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """Which unit, for whoever represents several; else its list for the month that is collected."""
    require(REPRESENTATIVE in turn.known_actor().roles)
    units = [each for each in all_units(turn.session) if each.code in turn.known_actor().units]
    number = int(fields[2]) if len(fields) > 2 and fields[2].isdecimal() else 0  # noqa: PLR2004 - the page
    if len(units) != 1:
        return Reply(screens.unit_choice(turn, units, number), edits=True)
    return _list(turn, units[0].code, (LETTER, screens.LIST, "", "", screens.MISSING, "0"))


def _list(turn: Turn, unit_code: str, fields: tuple[str, ...]) -> Reply:
    """The indicators of a month: those that are missing, or all."""
    _, _, _, written_period, kind, number = (*fields, "", "", "", "", "")[:6]
    period = _period(written_period) if written_period else collecting_month(turn.session, turn.now)
    scheme, asked = scheme_if_any(turn.session, period), _asked(turn, unit_code, period)
    there = {each.indicator for each in _on_record(turn, unit_code, period)}
    missing = [each for each in asked if each.is_owed and each.indicator.code not in there]
    shown = missing if kind != screens.ALL and missing else asked
    return Reply(
        screens.list_screen(
            turn, unit_code=unit_code, period=period, shown=shown, there=there, asked=len(asked), missing=len(missing),
            due=due_on(scheme, period) if scheme is not None else None, number=int(number) if number.isdecimal() else 0,
            is_all=shown is asked,
        ),
        edits=True,
    )  # fmt: skip


def _months(turn: Turn, unit_code: str) -> Reply:
    months = [Period.month_of(turn.now, zone(turn.session))]
    while len(months) < _MONTHS:
        months.append(months[-1].previous())
    return Reply(screens.month_choice(turn, unit_code, months), edits=True)


def _indicator(turn: Turn, place: Place, *, asks: bool) -> Reply:
    """What is on record of one indicator, and the question for its number."""
    indicator = _definition(turn, place)
    reading = _reading(turn, place)
    if asks:
        ask_for_words(turn, purpose=FIGURE, subject=place.subject)
    return Reply(screens.indicator_screen(turn, place, indicator, reading), edits=True)


def _confirm_screen(turn: Turn, place: Place, indicator: Indicator, figure: Counts) -> Message:
    warning = turn.text("readings.entry.beyond") if is_beyond_whole(figure, indicator) else ""
    return screens.confirm_screen(
        turn, place, indicator, figure, before=_reading(turn, place), warning=warning,
        mark=mark_of(written_figure(figure)),
    )  # fmt: skip


def _save(turn: Turn, place: Place, mark: str) -> Reply:
    """Keep the number that was written and looked at; a second tap, or one on an old screen, keeps nothing."""
    prompt = prompt_of(turn)
    is_same = prompt is not None and (prompt.purpose, prompt.subject) == (FIGURE, place.subject)
    if prompt is None or not is_same or prompt.words is None or mark_of(prompt.words) != mark:
        reading = _reading(turn, place)
        kept = (reading.numerator, reading.denominator, reading.value) if reading is not None else None
        if kept is not None and mark_of(written_figure(kept)) == mark:
            return _kept_screen(turn, place, turn.text("readings.entry.done.unchanged"))
        raise _EXPIRED
    figure = read_figure(prompt.words, _definition(turn, place))
    assert not isinstance(figure, Reask)  # it was read before it was kept
    done = enter_reading(
        turn.session, actor=turn.known_actor(), unit_code=place.unit_code, period=place.period,
        indicator=place.indicator, figure=figure, now=turn.now,
    )  # fmt: skip
    forget_prompt(turn)
    said = turn.text(f"readings.entry.done.{done.outcome}", month=done.counted_in or "")
    if done.outcome == LATE:
        return Reply(screens.late_screen(turn, place, _definition(turn, place), figure, said), edits=True)
    return _kept_screen(turn, place, said)


def _ask_for_evidence(turn: Turn, place: Place, *, asks: bool) -> Reply:
    if _reading(turn, place) is None:
        raise DomainError("evidence_without_figure")
    if turn.said.channel == LOCAL:
        return Reply(toast=turn.text("readings.chat.evidence_on_page"))
    if asks:
        ask_for_words(turn, purpose=EVIDENCE, subject=place.subject)
    return _evidence_screen(turn, place)


def _evidence_screen(turn: Turn, place: Place) -> Reply:
    said = turn.text("readings.chat.send_evidence", size=LARGEST_EVIDENCE // 1024**2)
    return Reply(Message(said, (screens.cancel(turn, place),)))


def _kept_screen(turn: Turn, place: Place, said: str, *, edits: bool = True) -> Reply:
    """The figure on record, and the ways on: its evidence, the next missing one, the list."""
    reading = _reading(turn, place)
    if reading is None:
        raise _EXPIRED
    asked = _asked(turn, place.unit_code, place.period)
    there = {each.indicator for each in _on_record(turn, place.unit_code, place.period)}
    following = next((each for each in asked if each.is_owed and each.indicator.code not in there), None)
    indicator = _definition(turn, place)
    return Reply(screens.kept_screen(turn, place, indicator, reading, said=said, following=following), edits=edits)


def _asked(turn: Turn, unit_code: str, period: Period) -> list[Asked]:
    found = unit(turn.session, unit_code)
    scheme = scheme_if_any(turn.session, period)
    return list(asked_of_tier(scheme, found.tier)) if scheme is not None and is_member(found, period) else []


def _on_record(turn: Turn, unit_code: str, period: Period) -> list[Reading]:
    statement = select(Reading).where(Reading.scope == unit_code, Reading.period == str(period))
    return list(turn.session.scalars(statement))


def _reading(turn: Turn, place: Place) -> Reading | None:
    try:
        return reading_of(turn.session, place.unit_code, place.period, place.indicator)
    except DomainError:
        return None


def _definition(turn: Turn, place: Place) -> Indicator:
    return asked_indicator(turn.session, unit_code=place.unit_code, period=place.period, indicator=place.indicator)


def _subject(turn: Turn, subject: str) -> tuple[Place, Indicator]:
    """What a prompt is about, and whether the speaker may still enter it."""
    unit_code, _, rest = subject.partition("/")
    written_period, _, code = rest.partition("/")
    if not may_enter(turn.known_actor(), unit_code):
        raise DomainError("not_allowed")
    place = Place(unit_code, _period(written_period), code)
    return place, _definition(turn, place)


def _place(turn: Turn, fields: tuple[str, ...]) -> Place:
    """What a button is about: unit and indicator by their marks."""
    unit_code = _unit(turn, fields)
    _, _, _, written_period, mark = (*fields, "", "", "", "", "")[:5]
    period = _period(written_period)
    asked = (each.indicator.code for each in _asked(turn, unit_code, period))
    code = next((each for each in asked if mark_of(each) == mark), None)
    if code is None:
        raise _EXPIRED
    return Place(unit_code, period, code)


def _unit(turn: Turn, fields: tuple[str, ...]) -> str:
    """The unit of a button, if it is still one of the speaker's."""
    actor = turn.known_actor()
    require(REPRESENTATIVE in actor.roles)
    mark = fields[2] if len(fields) > 2 else ""  # noqa: PLR2004 - the field of the unit
    found = next((code for code in sorted(actor.units) if mark_of(code) == mark), None)
    if found is None:
        raise DomainError("not_allowed")
    return found


def _period(written: str) -> Period:
    try:
        return Period.parse(written)
    except DomainError:
        raise _EXPIRED from None


def _is_picture(file: SentFile) -> bool:
    """Whether a file may be evidence in chat, by its name or, where it has no ending, by what the platform says."""
    name = file.name.lower()
    if "." in name:
        return name[name.rindex(".") :].strip() in _PICTURES
    return file.mime.partition(";")[0].strip().lower() in _MIMES
