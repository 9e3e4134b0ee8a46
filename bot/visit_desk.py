"""Lists of visits in chat: a file comes, is looked over, invited with one button, and goes back with a link per visit.

The same use cases as on the page, for whoever may send a list in. Nothing is kept between two taps but the looked-over
list itself: the question for the unit answers the file, and so names it again. Refuses to know how a file is fetched;
links stand in the file that answers and nowhere else. Draws ids and tickets from the system's random source.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot import visit_screens as screens
from bot.addresses import survey_address
from bot.inbound import Reply, SentFile, Table, WantedFile
from bot.turn import Turn
from consortium.links import new_token
from consortium.models import Unit
from consortium.units import all_units, patients_may_chat, zone
from locales.errors import DomainError, Finding
from outbox.deliveries import LOCAL
from outbox.message import Message
from surveys.fielding.link_files import CSV, LINK_COLUMNS, MEDIA_TYPES, XLSX, file_name, link_row
from surveys.fielding.list_links import links_of
from surveys.fielding.models import VisitList
from surveys.fielding.visit_files import COLUMNS, LARGEST_FILE, VisitRow
from surveys.fielding.visit_lists import (
    ListedVisit,
    drop_list,
    invite_visits,
    keep_list,
    kept_list,
    may_field,
    preview_visits,
)
from surveys.fielding.visits import NEW

COMMAND = "visits"
FILE = "list"

_TABLES = {".csv": CSV, ".txt": CSV, ".tsv": CSV, ".xlsx": XLSX}
_TYPES = {"text/csv": CSV, "text/plain": CSV, "text/comma-separated-values": CSV, MEDIA_TYPES[XLSX]: XLSX}
_EXPIRED = DomainError("button_expired")


def may_send(turn: Turn) -> bool:
    """Whether the speaker may send in lists for any unit."""
    return turn.actor is not None and bool(_own_units(turn))


def help_words(turn: Turn) -> str:
    """The sentence about lists in the help."""
    is_here = turn.said.channel != LOCAL and patients_may_chat(turn.session)
    return turn.text("visits.help" if is_here else "visits.on_page")


def how_screen(turn: Turn, *, edits: bool = False) -> Reply:
    """What a list is and how it is sent; where no files can be sent, the page for it."""
    if not turn.is_private:
        raise DomainError("visits_only_in_private")
    _require_sender(turn)
    if turn.said.channel == LOCAL or not patients_may_chat(turn.session):
        said = turn.text("visits.on_page")
    else:
        _require_address(turn)
        said = turn.text("visits.how", columns=", ".join(COLUMNS), limit=_megabytes())
    return Reply(Message(said, (screens.home(turn),)), edits=edits)


def received(turn: Turn) -> Reply:
    """A file has come: from whom, where, which kind, how large; then which unit it is for."""
    if not turn.is_private:
        raise DomainError("visits_only_in_private")
    units = _require_sender(turn)
    if turn.said.channel == LOCAL:
        return how_screen(turn)
    file = _checked(turn, turn.said.file)
    if len(units) == 1:
        return Reply(wanted=_wanted(turn, file, units[0]))
    return Reply(screens.unit_choice(turn, units, 0), answers=file.message_ref)


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button about a list."""
    if not turn.is_private:
        raise _EXPIRED
    _, verb, subject, form = (*fields, "", "", "")[:4]
    if verb == screens.HOW:
        return how_screen(turn, edits=True)
    if verb == screens.PAGE:
        number = int(subject) if subject.isdecimal() else 0
        return Reply(screens.unit_choice(turn, _require_sender(turn), number), edits=True)
    if verb == screens.UNIT:
        return _for_unit(turn, subject)
    if verb == screens.INVITE and form in MEDIA_TYPES:
        return _invited(turn, subject, form)
    if verb == screens.AGAIN and form in MEDIA_TYPES:
        found, rows = kept_list(turn.session, list_id=subject, actor=turn.known_actor(), now=turn.now)
        return Reply(table=_table(turn, found, rows, form))
    if verb == screens.CANCEL:
        return _cancelled(turn, subject)
    raise _EXPIRED


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap: the list as it stands, and no second file. What only shows or reads does so again."""
    _, verb, subject, form = (*fields, "", "", "")[:4]
    if verb not in {screens.INVITE, screens.AGAIN, screens.CANCEL}:
        return tapped(turn, fields)
    found, rows = kept_list(turn.session, list_id=subject, actor=turn.known_actor(), now=turn.now)
    if found.invited_at is not None:
        return Reply(screens.done(turn, found, rows), edits=True)
    return Reply(screens.preview(turn, found, rows, form or CSV), edits=True)


def looked_over(turn: Turn, *, wanted: WantedFile, visits: Sequence[VisitRow], findings: Sequence[Finding]) -> Reply:
    """The file has been read: every fault by row and column, or what inviting it will do and a button for it."""
    looked = preview_visits(
        turn.session,
        unit_code=wanted.unit_code,
        visits=visits,
        file=FILE,
        secret=turn.context.secret,
        now=turn.now,
        faults=findings,
    )
    edits = turn.said.kind == "tap"  # in the place of the question for the unit, which answers the file already
    answers = None if edits else wanted.file.message_ref
    if looked.findings:
        return Reply(screens.faults(turn, wanted, looked.findings), edits=edits, answers=answers)
    if not looked.count(NEW):
        return Reply(screens.nothing_new(turn, wanted, looked.rows), edits=edits, answers=answers)
    kept = keep_list(
        turn.session,
        unit_code=wanted.unit_code,
        rows=looked.rows,
        actor=turn.known_actor(),
        new_id=new_token(),
        now=turn.now,
    )
    screen = screens.preview(turn, kept, looked.rows, _form_of(wanted.file) or CSV)
    return Reply(screen, edits=edits, answers=answers)


def _for_unit(turn: Turn, code: str) -> Reply:
    """A unit was chosen for the file that the question answers; that is gone where its message was deleted."""
    units = [each for each in _require_sender(turn) if each.code == code]
    if not units:
        raise DomainError("not_allowed")
    if turn.said.file is None:
        raise DomainError("visits_file_gone")
    wanted = _wanted(turn, _checked(turn, turn.said.file), units[0])
    return Reply(toast=turn.text("visits.reading"), wanted=wanted)


def _invited(turn: Turn, list_id: str, form: str) -> Reply:
    """Invite the whole list, and give it back with links. A second press invites nobody and hands out nothing."""
    actor = turn.known_actor()
    _require_chat(turn)
    _require_address(turn)
    found, rows = kept_list(turn.session, list_id=list_id, actor=actor, now=turn.now)
    if found.invited_at is not None:
        return Reply(screens.done(turn, found, rows), edits=True, toast=turn.text("visits.invited_before"))
    rows = invite_visits(turn.session, list_id=list_id, actor=actor, token=new_token, now=turn.now)
    return Reply(screens.done(turn, found, rows), edits=True, table=_table(turn, found, rows, form))


def _cancelled(turn: Turn, list_id: str) -> Reply:
    found = drop_list(turn.session, list_id=list_id, actor=turn.known_actor(), now=turn.now)
    if found.invited_at is None:
        return Reply(Message(turn.text("visits.cancelled"), (screens.home(turn),)), edits=True)
    _, rows = kept_list(turn.session, list_id=list_id, actor=turn.known_actor(), now=turn.now)
    return Reply(screens.done(turn, found, rows), edits=True, toast=turn.text("visits.too_late_to_cancel"))


def _table(turn: Turn, found: VisitList, rows: Sequence[ListedVisit], form: str) -> Table:
    """The list with a fresh link in each row that has somebody to write to."""
    _require_chat(turn)
    public_url, place = _require_address(turn), zone(turn.session)
    made = links_of(turn.session, list_id=found.id, actor=turn.known_actor(), token=new_token, now=turn.now)
    return Table(
        name=file_name(found.unit_code, form, now=turn.now, zone=place),
        form=form,
        columns=LINK_COLUMNS,
        rows=tuple(
            link_row(
                each, address=lambda ticket: survey_address(public_url, ticket), zone=place, language=turn.language
            )
            for each in made
        ),
        caption=turn.text("visits.file", unit=screens.unit_name(turn, found.unit_code), count=sum(
            each.ticket is not None for each in made), rows=len(rows)),
    )  # fmt: skip


def _wanted(turn: Turn, file: SentFile, chosen: Unit) -> WantedFile:
    return WantedFile(file, chosen.code, zone(turn.session), turn.language)


def _checked(turn: Turn, file: SentFile | None) -> SentFile:
    """A file that is worth fetching, and links could be made for. What patients may not say in chat, nobody says of
    them there.
    """
    _require_chat(turn)
    if file is None or _form_of(file) is None:
        raise DomainError("visits_wrong_type")
    if file.size is not None and file.size > LARGEST_FILE:
        raise DomainError("visits_too_large", limit=_megabytes())
    _require_address(turn)
    return file


def _form_of(file: SentFile) -> str | None:
    """What a file is by its name or, where it has no ending, by what the platform says; None for no table."""
    name = file.name.lower()
    if "." in name:
        return _TABLES.get(name[name.rindex(".") :].strip())
    return _TYPES.get(file.mime.partition(";")[0].strip().lower())


def _require_sender(turn: Turn) -> list[Unit]:
    """The units the speaker may send lists for; `visits_not_yours` for strangers and other roles."""
    units = _own_units(turn) if turn.actor is not None else []
    if not units:
        raise DomainError("visits_not_yours")
    return units


def _own_units(turn: Turn) -> list[Unit]:
    actor = turn.known_actor()
    return [each for each in all_units(turn.session) if may_field(actor, each.code)]


def _require_chat(turn: Turn) -> None:
    """Whether anything about patients may pass through this channel at all."""
    if not patients_may_chat(turn.session):
        raise DomainError("visits_on_page_only")


def _require_address(turn: Turn) -> str:
    """Where surveys are answered: without it no link could be made."""
    if turn.context.public_url is None:
        raise DomainError("visits_no_address")
    return turn.context.public_url


def _megabytes() -> int:
    return LARGEST_FILE // (1024 * 1024)
