"""The office's menu, and which desk a button of it belongs to.

Knows the verbs of the office's buttons. Every desk asks for the permission it needs itself, anew at each tap; in a
group only the buttons about the group itself work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import func, select

from bot import (
    accounts,
    action_desk,
    approval_desk,
    bulletin_desk,
    count_desk,
    doubtful_deliveries,
    duty_desk,
    explain_desk,
    explained_desk,
    groups,
    held_desk,
    honour_office,
    link_desk,
    objection_answers,
    progress_desk,
    retraction_desk,
    story_office,
    waiver_desk,
)
from bot.inbound import Reply
from bot.turn import Turn
from bulletins import release_notices
from consortium.models import Account
from consortium.permissions import may_run_season, require
from locales.errors import DomainError
from outbox.message import Button, Message
from outbox.overview import count_by_state
from scheduler import count_notices, held_notices, objection_notices, waiver_notices, watch_notices

MENU, PROGRESS = "menu", "progress"


def menu_screen(turn: Turn) -> Reply:
    """What the office can do, with the numbers of what waits."""
    require(may_run_season(turn.known_actor()))
    asking = turn.session.scalars(select(func.count()).where(Account.confirmed_at.is_(None))).one()
    states = count_by_state(turn.session)
    doubtful = sum(states.get(state, 0) for state in doubtful_deliveries.WAITING)
    offers = [
        (turn.text("bot.office.progress"), PROGRESS),
        (turn.text("bot.office.bulletins"), bulletin_desk.BULLETINS),
        (turn.text("held.menu", count=held_desk.count_undecided(turn)), held_notices.LOOK),
        (turn.text("bot.office.people"), link_desk.PEOPLE),
        (turn.text("bot.office.accounts", count=asking), accounts.ACCOUNTS),
        (turn.text("bot.office.doubts", count=doubtful), doubtful_deliveries.DELIVERIES),
    ]
    waivers = waiver_desk.count_standing(turn)
    if waivers:
        offers.insert(1, (turn.text("waivers.menu", count=waivers), waiver_notices.LOOK))
    desks = (
        approval_desk, count_desk, objection_answers, explained_desk, explain_desk, story_office, honour_office,
        action_desk,
    )  # fmt: skip
    offers[1:1] = [offer for desk in desks for offer in desk.office_offers(turn)]
    offers += duty_desk.office_offers(turn)
    rows = tuple((Button(label, ("o", verb)),) for label, verb in offers)
    home = (Button(turn.text("bot.menu.back"), ("m", "menu")),)
    warning = objection_notices.calendar_warning(turn.session, turn.now, turn.language)
    said = turn.text("bot.office.title") + (f"\n\n{warning}" if warning else "")
    return Reply(Message(said, (*rows, home)), edits=True)


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of the office, wherever it was shown."""
    verb = fields[1] if len(fields) > 1 else MENU
    if verb == groups.GROUP_VERB:
        return groups.tapped(turn, fields)
    desk = _DESKS.get(verb)
    if desk is None or not turn.is_private:
        raise DomainError("button_expired")
    return desk(turn, fields)


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: screens that only show are shown again, after an act there is the menu."""
    verb = fields[1] if len(fields) > 1 else MENU
    if not turn.is_private:
        return Reply()
    if verb in {objection_answers.ANSWER, objection_answers.YES}:
        return objection_answers.again(turn, fields)
    return tapped(turn, fields) if verb in _ONLY_SHOW else menu_screen(turn)


def _number(fields: tuple[str, ...], place: int = 2) -> int:
    """A number in a button; 0 where there is none."""
    written = fields[place] if len(fields) > place else ""
    return int(written) if written.isascii() and written.isdecimal() else 0


def _field(fields: tuple[str, ...], place: int) -> str:
    return fields[place] if len(fields) > place else ""


_DESKS: Mapping[str, Callable[[Turn, tuple[str, ...]], Reply]] = {
    MENU: lambda turn, _fields: menu_screen(turn),
    PROGRESS: lambda turn, _fields: progress_desk.progress_screen(turn),
    bulletin_desk.READ: lambda turn, _fields: bulletin_desk.read_latest(turn),
    bulletin_desk.BULLETINS: lambda turn, fields: bulletin_desk.list_screen(turn, _number(fields)),
    bulletin_desk.BULLETIN: lambda turn, fields: bulletin_desk.preview(turn, _number(fields)),
    bulletin_desk.PROPOSE: lambda turn, fields: bulletin_desk.proposed(turn, _number(fields), _field(fields, 3)),
    bulletin_desk.RELEASE: lambda turn, fields: bulletin_desk.released_now(turn, _number(fields), _field(fields, 3)),
    bulletin_desk.CHANNEL: lambda turn, fields: bulletin_desk.in_channel(turn, _number(fields), _field(fields, 3)),
    retraction_desk.ASK: lambda turn, fields: retraction_desk.ask_screen(turn, _number(fields)),
    retraction_desk.YES: lambda turn, fields: retraction_desk.proposed(turn, _number(fields), _field(fields, 3)),
    release_notices.RETRACTION: lambda turn, fields: retraction_desk.look_screen(turn, _number(fields)),
    release_notices.AGREE: lambda turn, fields: retraction_desk.agreed(turn, _number(fields)),
    release_notices.WITHDRAW: lambda turn, fields: retraction_desk.withdrawn(turn, _number(fields)),
    approval_desk.APPROVALS: lambda turn, _fields: approval_desk.list_screen(turn),
    held_notices.LOOK: lambda turn, fields: held_desk.look_screen(turn, _field(fields, 2)),
    held_desk.PROPOSAL: lambda turn, fields: held_desk.proposal_screen(turn, _field(fields, 2), _field(fields, 3)),
    held_notices.RELEASE: lambda turn, fields: held_desk.released(turn, _field(fields, 2), _field(fields, 3)),
    held_notices.KEEP: lambda turn, fields: held_desk.kept_out(turn, _field(fields, 2), _field(fields, 3)),
    waiver_notices.LOOK: lambda turn, fields: waiver_desk.look_screen(turn, _field(fields, 2)),
    waiver_notices.AGREE: lambda turn, fields: waiver_desk.agreed(turn, _field(fields, 2), _field(fields, 3)),
    waiver_notices.WITHDRAW: lambda turn, fields: waiver_desk.withdrawn(turn, _field(fields, 2), _field(fields, 3)),
    count_notices.TO_COUNT: lambda turn, fields: count_desk.to_the_page(turn, _field(fields, 2)),
    count_notices.WAITING: lambda turn, _fields: count_desk.waiting_screen(turn),
    story_office.OFFICE_VERB: lambda turn, _fields: story_office.list_screen(turn),
    honour_office.OFFICE_VERB: lambda turn, _fields: honour_office.list_screen(turn),
    objection_notices.LOOK: lambda turn, fields: objection_answers.look_screen(turn, _field(fields, 2)),
    objection_answers.ANSWER: lambda turn, fields: objection_answers.answer_screen(
        turn, _field(fields, 2), _field(fields, 3)
    ),
    objection_answers.YES: lambda turn, fields: objection_answers.decided(turn, _field(fields, 2), _field(fields, 3)),
    watch_notices.ALERTS: lambda turn, _fields: explained_desk.alerts_screen(turn),
    explained_desk.SEEN: lambda turn, fields: explained_desk.seen(turn, _number(fields)),
    watch_notices.EXPLAINED: lambda turn, _fields: explained_desk.explained_screen(turn),
    watch_notices.LOOK: lambda turn, fields: explained_desk.look_screen(turn, _number(fields)),
    explained_desk.ACCEPT: lambda turn, fields: explained_desk.accepted(turn, _number(fields), _field(fields, 3)),
    explained_desk.RETURN: lambda turn, fields: explained_desk.returning(turn, _number(fields), _field(fields, 3)),
    explain_desk.CARDS: lambda turn, _fields: explain_desk.units_screen(turn, 0),
    link_desk.PEOPLE: lambda turn, fields: link_desk.people_list(turn, _number(fields)),
    link_desk.PERSON: lambda turn, fields: link_desk.person_screen(turn, _field(fields, 2)),
    link_desk.LINK: lambda turn, fields: link_desk.new_link(turn, _field(fields, 2), _field(fields, 3)),
    accounts.ACCOUNTS: lambda turn, fields: accounts.waiting_accounts(turn, _number(fields)),
    accounts.ACCOUNT: accounts.decided,
    doubtful_deliveries.DELIVERIES: lambda turn, fields: doubtful_deliveries.list_screen(turn, _number(fields)),
    doubtful_deliveries.DELIVERY: doubtful_deliveries.decided,
    action_desk.OFFICE_LIST: lambda turn, _fields: action_desk.office_screen(turn),
    duty_desk.ON_DUTY: lambda turn, _fields: duty_desk.duty_screen(turn),
}

_ONLY_SHOW = frozenset({
    action_desk.OFFICE_LIST, duty_desk.ON_DUTY,
    MENU, PROGRESS, explain_desk.CARDS, bulletin_desk.BULLETINS, link_desk.PEOPLE, link_desk.PERSON, accounts.ACCOUNTS,
    doubtful_deliveries.DELIVERIES, approval_desk.APPROVALS, release_notices.RETRACTION,
    held_notices.LOOK, held_desk.PROPOSAL, waiver_notices.LOOK, story_office.OFFICE_VERB, honour_office.OFFICE_VERB,
    count_notices.WAITING, objection_notices.LOOK, watch_notices.ALERTS, watch_notices.EXPLAINED, watch_notices.LOOK,
})  # fmt: skip
