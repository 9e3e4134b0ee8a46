"""Votes on a scheme in chat: read what is voted on, comment under one's name, vote in secret.

The choice travels in the button alone, with the receipt that was drawn for it; on the way to a vote nothing is stored,
and what is stored of the vote itself says neither the choice nor the hour. Whether somebody may, is
`evaluation.scheme_votes`' to say, asked anew at every tap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select

from bot.inbound import Reply
from bot.layout import fitted, shorten
from bot.objection_desk import mark_of
from bot.prompts import ask_for_words, forget_prompt, keep_words, prompt_of
from bot.turn import Turn
from consortium.office_models import PollSlip
from consortium.permissions import Actor, may_see_season
from consortium.polls import count_voters, new_slip, standing_of
from evaluation.office_models import SchemeVote
from evaluation.scheme_votes import (
    CALLED_OFF,
    CHOICES,
    COMMENTING,
    COUNTED,
    LONGEST_COMMENT,
    VOTING,
    comment_on_scheme,
    comments_of,
    has_changed,
    result_of,
    scheme_votes,
    state_of,
    vote_for,
    votes_of,
    waiting_votes,
)
from locales.errors import DomainError
from outbox.message import Button, Message
from scheduler.vote_decisions import vote_and_tell
from scheduler.vote_notices import LETTER, LOOK
from scheduler.vote_wording import closes_at, result_words, scheme_name, when
from surveys.plain_text import clean_text, is_blank

PURPOSE = "scheme_comment"
LIST, BALLOT, PICK, SEND, COMMENT, YES, NO = "l", "a", "k", "y", "c", "m", "n"
_ON_THE_WAY = (BALLOT, PICK)
_MOST, _MOST_COMMENTS, _LABEL, _CUT = 8, 5, 60, 200


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """For who may vote: while a vote is open for comments or votes."""
    open_now = [each for each in votes_of(turn.session, actor.person_id) if _is_open(turn, each)]
    waiting = len(waiting_votes(turn.session, actor.person_id, turn.now))
    return [Button(turn.text("votes.menu", count=waiting), (LETTER, LIST))] if open_now else []


def is_looking(fields: tuple[str, ...]) -> bool:
    """Whether this button only shows a screen on the way to a vote."""
    return len(fields) > 1 and fields[1] in _ON_THE_WAY


def is_sending(fields: tuple[str, ...]) -> bool:
    """Whether this button casts a vote."""
    return len(fields) > 1 and fields[1] == SEND


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of these screens."""
    return _tapped(turn, fields, is_again=False)


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing. Whoever has voted gets the receipt that their own button carries."""
    _, verb, subject, _choice, slip = (*fields, "", "", "", "")[:5]
    if verb == SEND:
        found = _vote(turn, subject)
        is_cast = turn.session.scalar(
            select(PollSlip.slip).where(PollSlip.poll_id == found.poll_id, PollSlip.slip == slip)
        )
        return _sent(turn, found, slip) if is_cast is not None else _screen(turn, found)
    return list_screen(turn, "") if verb in {YES, NO} else _tapped(turn, fields, is_again=True)


def _tapped(turn: Turn, fields: tuple[str, ...], *, is_again: bool) -> Reply:
    _, verb, subject, choice, slip = (*fields, "", "", "", "")[:5]
    if not turn.is_private:
        raise DomainError("button_expired")
    if verb == SEND:
        return _cast(turn, subject, choice, slip)
    if verb == PICK:
        return _confirm(turn, subject, choice)
    if verb == COMMENT:
        return _words_screen(turn, subject, asks=not is_again)
    if verb not in _SCREENS:
        raise DomainError("button_expired")
    return _SCREENS[verb](turn, subject)


def list_screen(turn: Turn, _subject: str) -> Reply:
    """The votes in which the speaker takes part; of who sees the season, all; the newest first."""
    actor = turn.known_actor()
    sees_all = may_see_season(actor)
    found = (scheme_votes(turn.session) if sees_all else votes_of(turn.session, actor.person_id))[:_MOST]
    rows = [
        (
            Button(
                shorten(f"{turn.text(f'votes.state.{_state(turn, each)}')} · {_name(turn, each)}", _LABEL),
                (LETTER, LOOK, str(each.id)),
            ),
        )
        for each in found
    ]
    said = turn.text("votes.title") if rows else turn.text("votes.none")
    return Reply(Message(said, (*rows, _home(turn))), edits=True)


def look_screen(turn: Turn, number: str) -> Reply:
    """One vote: what on, how it stands, what was said, what can be done."""
    return _screen(turn, _vote(turn, number))


def written(turn: Turn, subject: str, words: str) -> Reply:
    """A comment: kept until its writer has looked it over and said yes."""
    _vote(turn, subject)
    kept = clean_text(words) or ""
    if is_blank(kept):
        raise DomainError("vote_comment_missing")
    if len(kept) > LONGEST_COMMENT:
        raise DomainError("vote_comment_too_long", length=len(kept), limit=LONGEST_COMMENT)
    keep_words(turn, kept)
    said = turn.text("votes.look_over", name=turn.known_actor().name, words=kept)
    yes = Button(turn.text("votes.publish"), (LETTER, YES, mark_of(kept)))
    no = Button(turn.text("votes.cancel"), (LETTER, NO))
    return Reply(Message(fitted(said), ((yes,), (no,))))


def _ballot_screen(turn: Turn, number: str) -> Reply:
    found = _vote(turn, number)
    if not _can_vote(turn, found):
        return _screen(turn, found)
    said = "\n\n".join((_name(turn, found), turn.text("votes.secret"), turn.text("votes.choose")))
    rows = tuple(
        (Button(turn.text(f"votes.choice.{choice}"), (LETTER, PICK, str(found.id), choice)),) for choice in CHOICES
    )
    back = (Button(turn.text("votes.cancel"), (LETTER, LOOK, str(found.id))),)
    return Reply(Message(said, (*rows, back)), edits=True)


def _confirm(turn: Turn, number: str, choice: str) -> Reply:
    """What will be sent, with the receipt to write down first. Draws the receipt."""
    found = _vote(turn, number)
    if choice not in CHOICES:
        raise DomainError("button_expired")
    if not _can_vote(turn, found):
        return _screen(turn, found)
    slip = new_slip()
    said = turn.text("votes.confirm", choice=turn.text(f"votes.choice.{choice}"), slip=slip)
    send = Button(turn.text("votes.send"), (LETTER, SEND, str(found.id), choice, slip))
    other = Button(turn.text("votes.other"), (LETTER, BALLOT, str(found.id)))
    return Reply(Message(said, ((send,), (other,))), edits=True)


def _cast(turn: Turn, number: str, choice: str, slip: str) -> Reply:
    found = _vote(turn, number)
    vote_and_tell(turn.session, vote_id=found.id, choice=choice, slip=slip, actor=turn.known_actor(), now=turn.now)
    return _sent(turn, found, slip)


def _sent(turn: Turn, found: SchemeVote, slip: str) -> Reply:
    back = (Button(turn.text("votes.look"), (LETTER, LOOK, str(found.id))),)
    return Reply(Message(turn.text("votes.sent", slip=slip), (back, _home(turn))), edits=True)


def _words_screen(turn: Turn, number: str, *, asks: bool) -> Reply:
    found = _vote(turn, number)
    if _state(turn, found) != COMMENTING:
        raise DomainError("vote_comments_closed")
    if asks:
        ask_for_words(turn, purpose=PURPOSE, subject=str(found.id))
    said = turn.text("votes.write", scheme=_name(turn, found), limit=LONGEST_COMMENT)
    return Reply(Message(said, ((Button(turn.text("votes.cancel"), (LETTER, NO)),),)), edits=True)


def _published(turn: Turn, mark: str) -> Reply:
    prompt = prompt_of(turn)
    if prompt is None or prompt.purpose != PURPOSE or prompt.words is None or mark_of(prompt.words) != mark:
        raise DomainError("button_expired")
    vote_id = int(prompt.subject)
    comment_on_scheme(turn.session, vote_id=vote_id, words=prompt.words, actor=turn.known_actor(), now=turn.now)
    forget_prompt(turn)
    shown = look_screen(turn, prompt.subject)
    return Reply(shown.screen, edits=True, toast=turn.text("votes.published"))


def _given_up(turn: Turn, _subject: str) -> Reply:
    forget_prompt(turn)
    return list_screen(turn, "")


def _screen(turn: Turn, found: SchemeVote) -> Reply:
    state, rows = _state(turn, found), []
    if _can_vote(turn, found):
        rows.append((Button(turn.text("votes.cast"), (LETTER, BALLOT, str(found.id))),))
    if state == COMMENTING:
        rows.append((Button(turn.text("votes.comment"), (LETTER, COMMENT, str(found.id))),))
    if turn.context.public_url is not None:
        address = f"{turn.context.public_url.rstrip('/')}/votes/{found.id}"
        rows.append((Button(turn.text("votes.page"), url=address),))
    rows.append((Button(turn.text("votes.back"), (LETTER, LIST)),))
    return Reply(Message(fitted(_words(turn, found, state)), tuple(rows)), edits=True)


def _words(turn: Turn, found: SchemeVote, state: str) -> str:
    actor = turn.known_actor()
    parts = [f"{_name(turn, found)}\n{turn.text(f'votes.state.{state}')}"]
    if state == CALLED_OFF:
        return "\n\n".join((*parts, *_comments(turn, found)))
    result = result_of(turn.session, found)
    if state == COUNTED and result is not None:
        parts.append("\n".join((*result_words(result, turn.language), turn.text("votes.rule"))))
    else:
        who = turn.text(f"votes.electorate.{found.electorate}")
        voters = count_voters(turn.session, found.poll_id or 0)
        parts.append(
            "\n".join((
                turn.text("votes.comments_until", at=when(turn.session, found.comments_until)),
                turn.text("votes.votes_until", at=when(turn.session, closes_at(turn.session, found))),
                turn.text("votes.who", who=who, voters=voters),
            ))
        )  # fmt: skip
        parts.append(turn.text("votes.changed" if has_changed(turn.session, found) else "votes.secret"))
    has_voted = standing_of(turn.session, found.poll_id or 0, actor.person_id)
    if has_voted:
        parts.append(turn.text("votes.voted"))
    elif has_voted is False and state == VOTING:
        parts.append(turn.text("votes.not_voted"))
    return "\n\n".join((*parts, *_comments(turn, found)))


def _comments(turn: Turn, found: SchemeVote) -> list[str]:
    said = comments_of(turn.session, found.id)
    lines = [f"{name}: {shorten(comment.words, _CUT)}" for comment, name in said[-_MOST_COMMENTS:]]
    if len(said) > _MOST_COMMENTS:
        lines.append(turn.text("votes.more_comments", count=len(said) - _MOST_COMMENTS))
    return ["\n".join((turn.text("votes.comments"), *lines))] if lines else []


def _vote(turn: Turn, number: str) -> SchemeVote:
    if not (number.isascii() and number.isdecimal() and len(number) < 10):  # noqa: PLR2004 - fits an integer
        raise DomainError("button_expired")
    return vote_for(turn.session, int(number), turn.known_actor())


def _can_vote(turn: Turn, found: SchemeVote) -> bool:
    has_voted = standing_of(turn.session, found.poll_id or 0, turn.known_actor().person_id)
    return has_voted is False and _state(turn, found) == VOTING and not has_changed(turn.session, found)


def _is_open(turn: Turn, found: SchemeVote) -> bool:
    return _state(turn, found) in {COMMENTING, VOTING}


def _state(turn: Turn, found: SchemeVote) -> str:
    return state_of(turn.session, found, turn.now)


def _name(turn: Turn, found: SchemeVote) -> str:
    return scheme_name(turn.session, found, turn.language)


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.menu.back"), ("m", "menu")),)


_SCREENS: Mapping[str, Callable[[Turn, str], Reply]] = {
    LIST: list_screen,
    LOOK: look_screen,
    BALLOT: _ballot_screen,
    YES: _published,
    NO: _given_up,
}
"""What a button with one subject shows or does."""
