"""A vote on a scheme as a page shows it: what on, how it stands, comments, and the count once there is one.

Refuses to know anything of an open vote but whether the visitor has voted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.wording import one_line
from consortium.permissions import Actor, may_hold_votes, may_read_schemes, may_see_season
from consortium.polls import PublishedSlip, count_voters, published_slips, standing_of
from consortium.units import zone
from evaluation.follow_up_models import SchemeDraft
from evaluation.models import SchemeVersion
from evaluation.office_models import SchemeVote
from evaluation.scheme import parse_scheme
from evaluation.scheme_diff import diff_schemes
from evaluation.scheme_votes import (
    CALLED_OFF,
    CHOICES,
    COMMENTING,
    COUNTED,
    ELECTORATES,
    LONGEST_COMMENT,
    MOST_DAYS,
    OVER,
    VOTING,
    comments_of,
    electors,
    has_changed,
    may_vote,
    result_of,
    state_of,
)
from evaluation.schemes import scheme_versions
from locales.errors import DomainError
from locales.texts import pick, text
from scheduler.vote_wording import closes_at, result_words, scheme_name, when
from web.forms import Form
from web.scheme_views import ChangeView, change_views

Offer = tuple[int, int, int | None]
"""Year, version, and the number of a draft."""

_MARKS = {COMMENTING: "is-waiting", VOTING: "is-waiting", OVER: "is-bad", COUNTED: "is-good", CALLED_OFF: ""}
_DIGEST_SHOWN = 16


@dataclass(frozen=True, slots=True)
class VoteLine:
    """One vote in a list."""

    id: int
    name: str
    state: str
    mark: str
    until: str
    outcome: str


@dataclass(frozen=True, slots=True)
class VoteView:
    """One vote whole. `comments` are (name, when, words); `slips`: once it is counted, by (receipt, choice)."""

    id: int
    name: str
    state: str
    state_code: str
    mark: str
    who: str
    comments_until: str
    votes_until: str
    digest: str
    read_at: str | None
    changes: tuple[ChangeView, ...]
    is_changed: bool
    has_voted: bool | None
    may_vote: bool
    may_comment: bool
    may_call_off: bool
    may_count: bool
    choices: tuple[tuple[str, str], ...]
    comments: tuple[tuple[str, str, str], ...]
    longest: int
    result: tuple[str, ...]
    slips: tuple[tuple[str, str], ...]


def vote_line(session: Session, found: SchemeVote, *, language: str, now: datetime) -> VoteLine:
    """One vote in a list."""
    state, result = state_of(session, found, now), result_of(session, found)
    until = found.comments_until if state == COMMENTING else closes_at(session, found)
    key = "votes.comments_until" if state == COMMENTING else "votes.votes_until"
    return VoteLine(
        id=found.id,
        name=scheme_name(session, found, language),
        state=text(language, f"votes.state.{state}"),
        mark=_MARKS[state],
        until="" if state == CALLED_OFF else text(language, key, at=when(session, until)),
        outcome=result_words(result, language)[0] if result is not None else "",
    )


def one_vote(session: Session, found: SchemeVote, actor: Actor, *, language: str, now: datetime) -> VoteView:
    """One vote whole, as this person may see it."""
    state, result = state_of(session, found, now), result_of(session, found)
    poll_id = found.poll_id or 0
    has_voted = standing_of(session, poll_id, actor.person_id)
    changed = has_changed(session, found)
    voters = count_voters(session, poll_id)
    published = published_slips(session, poll_id) if state == COUNTED else ()
    said = comments_of(session, found.id)
    return VoteView(
        id=found.id,
        name=scheme_name(session, found, language),
        state=text(language, f"votes.state.{state}"),
        state_code=state,
        mark=_MARKS[state],
        who=text(language, "votes.who", who=text(language, f"votes.electorate.{found.electorate}"), voters=voters)
        if found.poll_id is not None
        else "",
        comments_until=text(language, "votes.comments_until", at=when(session, found.comments_until)),
        votes_until=text(language, "votes.votes_until", at=when(session, closes_at(session, found))),
        digest=text(language, "votes.digest", digest=found.digest[:_DIGEST_SHOWN]),
        read_at=_read_at(found, actor) if not changed else None,
        changes=_changes(session, found, language) if not changed else (),
        is_changed=changed and state in {COMMENTING, VOTING},
        has_voted=has_voted,
        may_vote=has_voted is False and state == VOTING and not changed,
        may_comment=state == COMMENTING and (may_see_season(actor) or may_vote(session, found, actor)),
        may_call_off=may_hold_votes(actor) and state == COMMENTING,
        may_count=may_hold_votes(actor) and state == OVER,
        choices=tuple((choice, text(language, f"votes.choice.{choice}")) for choice in CHOICES),
        comments=tuple((one_line(name), when(session, comment.at), comment.words) for comment, name in said),
        longest=LONGEST_COMMENT,
        result=result_words(result, language) if result is not None else (),
        slips=_slips(published, language),
    )


def schemes_to_vote_on(session: Session, language: str) -> list[tuple[str, str]]:
    """What can be put to the vote, by the value of a form's choice: versions on record and drafts, the newest first."""
    found = []
    drafts = session.scalars(select(SchemeDraft).order_by(SchemeDraft.id.desc()))
    for draft in drafts:
        title = _title(draft.content, language)
        name = text(language, "votes.draft", title=title, year=draft.year, version=draft.version)
        found.append((f"{draft.year}/{draft.version}/{draft.id}", name))
    for version in reversed(scheme_versions(session)):
        row = session.get_one(SchemeVersion, (version.year, version.version))
        title = _title(row.content, language)
        name = text(language, "votes.scheme", title=title, year=version.year, version=version.version)
        found.append((f"{version.year}/{version.version}/", name))
    return found


def offer_of(session: Session, form: Form) -> Offer:
    """What a form puts to the vote, among what can be; `vote_scheme_unknown`."""
    known = {value for value, _ in schemes_to_vote_on(session, "zh")}
    if form["scheme"] not in known:
        raise DomainError("vote_scheme_unknown")
    year, version, draft = form["scheme"].split("/")
    return int(year), int(version), int(draft) if draft else None


def preview_of(
    session: Session, offer: Offer, *, comment_days: int, voting_days: int, electorate: str, now: datetime,
    language: str,
) -> str:  # fmt: skip
    """What opening it would do, in a sentence. Errors: `vote_days_out_of_range`."""
    days = (comment_days, voting_days)
    if electorate not in ELECTORATES or not all(1 <= each <= MOST_DAYS for each in days):
        raise DomainError("vote_days_out_of_range", most=MOST_DAYS)
    year, version, draft = offer
    key = f"{year}/{version}/{draft or ''}"
    name = next(name for value, name in schemes_to_vote_on(session, language) if value == key)
    today = now.astimezone(zone(session)).date()
    return text(
        language,
        "votes.open_really",
        scheme=name,
        voters=len(electors(session, electorate)),
        who=text(language, f"votes.electorate.{electorate}"),
        comments=(today + timedelta(days=comment_days)).isoformat(),
        votes=(today + timedelta(days=comment_days + voting_days)).isoformat(),
    )


def _title(content: object, language: str) -> str:
    title = content.get("scheme", {}).get("title", {}) if isinstance(content, dict) else {}
    return one_line(pick(title, language))


def _read_at(found: SchemeVote, actor: Actor) -> str | None:
    """Where the whole scheme can be read."""
    if found.draft_id is not None:
        return f"/office/schemes/drafts/{found.draft_id}" if may_see_season(actor) else None
    return f"/office/schemes/{found.year}/{found.version}" if may_read_schemes(actor) else None


def _changes(session: Session, found: SchemeVote, language: str) -> tuple[ChangeView, ...]:
    """How a draft differs from the version that it stands beside: voters read it here."""
    draft = session.get(SchemeDraft, found.draft_id) if found.draft_id is not None else None
    base = session.get(SchemeVersion, (draft.based_year, draft.based_version)) if draft is not None else None
    if draft is None or base is None:
        return ()
    new, _ = parse_scheme(draft.content, file="draft")
    old, _ = parse_scheme(base.content, file="scheme")
    if old is None or new is None:
        return ()
    return change_views(diff_schemes(old, new), old, new, language)


def _slips(published: tuple[PublishedSlip, ...], language: str) -> tuple[tuple[str, str], ...]:
    return tuple((each.slip, text(language, f"votes.choice.{each.choice}")) for each in published)
