"""Stories in chat: people known by name tell one, look at theirs and take them back; which screen a button is about.

Choose a unit, agree with or without one's name, write, look it over, hand it in (rule 46). Draws the receipt from the
system's random source. Patients' way is `bot.story_patients`, the office's `bot.story_office`. Refuses to know what
becomes of a story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot import story_office, story_patients, story_receipts
from bot.inbound import Reply
from bot.layout import shorten
from bot.objection_desk import mark_of
from bot.prompts import ask_for_words, forget_prompt, keep_words, prompt_of
from bot.story_patients import AS_PATIENT, LETTER, NO_UNIT
from bot.turn import Turn
from bulletins.honour_models import Story
from bulletins.stories import DOCTOR, stories_of
from bulletins.story_decisions import offer_doctor_story, take_back_own_story
from bulletins.story_texts import story_state, story_words_of
from bulletins.story_wording import consent_words, quoted_story
from bulletins.story_words import CONSENT, LONGEST, LONGEST_KNOWN_NAME, SHORTEST, tidy_byline, tidy_story
from bulletins.wording import name_in
from consortium.models import Unit
from consortium.people import units_of
from consortium.units import zone
from locales.errors import DomainError
from outbox.message import Button, Message
from surveys.receipts import new_receipt_code

COMMAND, PURPOSE = "story", story_patients.PURPOSE
MINE, UNIT, AGREE, YES, OWN, OWN_ASK, OWN_BACK = "m", "u", "a", "y", "i", "j", "k"
NAMED, UNNAMED = "s", "n"
_AS_DOCTOR = "d"
_MOST = 6
_LABEL = 50
_ACTS = frozenset({YES, OWN_BACK, story_receipts.TAKE_BACK})


def command(turn: Turn, _rest: str) -> Reply:
    """`/story`, for people known by name."""
    if not turn.is_private:
        raise DomainError("only_in_private")
    return mine_screen(turn, edits=False)


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of these screens."""
    screen = _SCREENS.get(fields[1] if len(fields) > 1 else MINE)
    if screen is None or not turn.is_private:
        raise DomainError("button_expired")
    return screen(turn, (*fields, "", "", "")[2:5])


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: what only shows is shown again; after an act there are one's own."""
    verb = fields[1] if len(fields) > 1 else MINE
    if verb == story_patients.AGREE:
        number, unit_mark = (*fields, "", "")[2:4]
        return story_patients.agreed(turn, number, unit_mark, asks=False)
    if verb in {story_office.CHOOSE, story_office.DECLINE}:
        return story_office.list_screen(turn)
    if verb in _ACTS or verb == AGREE:
        return mine_screen(turn) if turn.actor is not None else Reply()
    return tapped(turn, fields)


def written(turn: Turn, subject: str, words: str) -> Reply:
    """Words that were asked for: a patient's go straight in, others are looked over first."""
    who, *rest = subject.split(" ")
    if who == AS_PATIENT:
        return story_patients.written(turn, rest[0], rest[1], words)
    unit_code, how = rest
    story = tidy_story(words)
    keep_words(turn, story)
    byline = turn.known_actor().name if how == NAMED else None
    shown = quoted_story(
        turn.language,
        words=story,
        byline=tidy_byline(byline, LONGEST_KNOWN_NAME) if byline is not None else None,
        teller=DOCTOR,
        unit_name=_unit_name(turn, unit_code),
    )
    yes = Button(turn.text("stories.hand_in"), (LETTER, YES, mark_of(story)))
    no = Button(turn.text("stories.cancel"), (LETTER, MINE))
    return Reply(Message(turn.text("stories.look_over", story=shown), ((yes,), (no,))))


def mine_screen(turn: Turn, *, edits: bool = True) -> Reply:
    """What the speaker has told, and the way to tell one more."""
    actor = turn.known_actor()
    forget_prompt(turn)
    own = stories_of(turn.session, actor.person_id)
    rows = [(Button(_label(turn, each), (LETTER, OWN, str(each.id))),) for each in own[:_MOST]]
    tell = (Button(turn.text("stories.tell"), (LETTER, UNIT)),)
    said = "\n\n".join([turn.text("stories.mine"), *([turn.text("stories.mine_some")] if own else [])])
    return Reply(Message(said, (*rows, tell, _home(turn))), edits=edits)


def _unit_screen(turn: Turn, _fields: tuple[str, ...]) -> Reply:
    own = units_of(turn.session, turn.known_actor().person_id)
    if not own:
        return _consent_screen(turn, NO_UNIT)
    rows = []
    for code in own:
        unit = turn.session.get_one(Unit, code)
        rows.append((Button(shorten(name_in(unit.name, turn.language, code), _LABEL), (LETTER, AGREE, mark_of(code))),))
    rows.append((Button(turn.text("stories.without_unit"), (LETTER, AGREE, NO_UNIT)),))
    rows.append((Button(turn.text("stories.back"), (LETTER, MINE)),))
    return Reply(Message(turn.text("stories.which_unit"), tuple(rows)), edits=True)


def _agreed(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """The notice for this unit; with how it is signed, the question for the words."""
    unit_mark, how = fields[0], fields[1]
    if how not in {NAMED, UNNAMED}:
        return _consent_screen(turn, unit_mark)
    code = _own_unit(turn, unit_mark)
    ask_for_words(turn, purpose=PURPOSE, subject=f"{_AS_DOCTOR} {code} {how}")
    said = turn.text("stories.write", low=SHORTEST, high=LONGEST)
    return Reply(Message(said, ((Button(turn.text("stories.cancel"), (LETTER, MINE)),),)), edits=True)


def _consent_screen(turn: Turn, unit_mark: str) -> Reply:
    actor = turn.known_actor()
    named = Button(turn.text("stories.agree_named", name=actor.name), (LETTER, AGREE, unit_mark, NAMED))
    unnamed = Button(turn.text("stories.agree_unnamed"), (LETTER, AGREE, unit_mark, UNNAMED))
    no = Button(turn.text("stories.cancel"), (LETTER, MINE))
    return Reply(Message(consent_words(turn.language, is_patient=False), ((named,), (unnamed,), (no,))), edits=True)


def _handed_in(turn: Turn, fields: tuple[str, ...]) -> Reply:
    prompt, actor = prompt_of(turn), turn.known_actor()
    is_meant = prompt is not None and prompt.purpose == PURPOSE and prompt.words is not None
    if not is_meant or prompt is None or prompt.words is None or mark_of(prompt.words) != fields[0]:
        raise DomainError("button_expired")
    _, unit_code, how = prompt.subject.split(" ")
    receipt = _new_receipt()
    made = offer_doctor_story(
        turn.session, words=prompt.words, byline=actor.name if how == NAMED else "",
        unit_code=None if unit_code == NO_UNIT else unit_code, language=turn.language, consent=CONSENT,
        receipt=receipt, actor=actor, now=turn.now,
    )  # fmt: skip
    forget_prompt(turn)
    shown = story_patients.offered_screen(turn, story_words_of(turn.session, made, turn.language), receipt)
    return Reply(Message(shown.text, (_home(turn),)), edits=True)


def _new_receipt() -> str:
    """A code with letters and figures: typed alone by somebody known by name, only such a one is taken for a code."""
    while True:
        code = new_receipt_code()
        if any(each.isdigit() for each in code) and any(each.isalpha() for each in code):
            return code


def _own_screen(turn: Turn, fields: tuple[str, ...]) -> Reply:
    found = next((each for each in _own(turn) if str(each.id) == fields[0]), None)
    if found is None:
        raise DomainError("story_unknown")
    if found.words is None:
        return Reply(Message(turn.text("stories.gone"), (_back(turn),)), edits=True)
    said = turn.text(
        "stories.receipt_screen",
        state=story_state(found, turn.language),
        story=story_words_of(turn.session, found, turn.language),
    )
    take_back = (Button(turn.text("stories.take_back"), (LETTER, OWN_ASK, fields[0])),)
    return Reply(Message(said, (take_back, _back(turn))), edits=True)


def _own_ask(turn: Turn, fields: tuple[str, ...]) -> Reply:
    yes = Button(turn.text("stories.take_back_yes"), (LETTER, OWN_BACK, fields[0]))
    no = Button(turn.text("stories.keep"), (LETTER, OWN, fields[0]))
    return Reply(Message(turn.text("stories.take_back_ask"), ((yes,), (no,))), edits=True)


def _own_back(turn: Turn, fields: tuple[str, ...]) -> Reply:
    number = int(fields[0]) if fields[0].isascii() and fields[0].isdecimal() else 0
    gone = take_back_own_story(turn.session, story_id=number, actor=turn.known_actor(), now=turn.now)
    return Reply(Message(story_receipts.gone_words(turn, gone), (_back(turn),)), edits=True)


def _label(turn: Turn, found: Story) -> str:
    day = f"{found.offered_at.astimezone(zone(turn.session)):%m-%d}"
    return shorten(" · ".join((day, story_state(found, turn.language), found.words or "—")), _LABEL)


def _own(turn: Turn) -> list[Story]:
    return stories_of(turn.session, turn.known_actor().person_id)


def _own_unit(turn: Turn, unit_mark: str) -> str:
    """The code of one's own unit with this mark; `NO_UNIT` for none."""
    if unit_mark == NO_UNIT:
        return NO_UNIT
    own = units_of(turn.session, turn.known_actor().person_id)
    code = next((each for each in own if mark_of(each) == unit_mark), None)
    if code is None:
        raise DomainError("story_not_own_unit")
    return code


def _unit_name(turn: Turn, unit_code: str) -> Mapping[str, str] | None:
    return None if unit_code == NO_UNIT else turn.session.get_one(Unit, unit_code).name


def _back(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("stories.back"), (LETTER, MINE)),)


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.menu.back"), ("m", "menu")),)


_SCREENS: Mapping[str, Callable[[Turn, tuple[str, ...]], Reply]] = {
    MINE: lambda turn, _fields: mine_screen(turn),
    UNIT: _unit_screen,
    AGREE: _agreed,
    YES: _handed_in,
    OWN: _own_screen,
    OWN_ASK: _own_ask,
    OWN_BACK: _own_back,
    story_patients.OFFER: lambda turn, fields: story_patients.offer_screen(turn, fields[0], fields[1]),
    story_patients.AGREE: lambda turn, fields: story_patients.agreed(turn, fields[0], fields[1]),
    story_patients.NOT_NOW: lambda turn, _fields: story_patients.not_now(turn),
    story_receipts.SHOW: lambda turn, fields: story_receipts.show_screen(turn, fields[0]),
    story_receipts.ASK: lambda turn, fields: story_receipts.ask_screen(turn, fields[0]),
    story_receipts.TAKE_BACK: lambda turn, fields: story_receipts.taken_back(turn, fields[0]),
    story_office.LIST: lambda turn, fields: story_office.list_screen(turn, fields[0]),
    story_office.LOOK: lambda turn, fields: story_office.look_screen(turn, fields[0]),
    story_office.CHOOSE: lambda turn, fields: story_office.chosen(turn, fields[0], fields[1]),
    story_office.DECLINE: lambda turn, fields: story_office.declined(turn, fields[0]),
}
