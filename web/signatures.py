"""The accountant's signature on a page, and the table for pay that leaves behind it (rule 100).

Taking the table out is asked for by a form and noted in the audit trail. Who may, and that the results as they stand
are signed, is `evaluation.signatures`' to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import may_export_pay, may_see_signatures, may_sign_results, require
from consortium.tables_out import CSV, MEDIA_TYPES, XLSX, Sheet
from evaluation.pay_export import pay_file, pay_name, pay_sheet
from evaluation.scorecards import Card, scorecards
from evaluation.signatures import MARK, Signed, sign_results, signatures
from locales.errors import DomainError
from locales.numbers import rounded
from locales.texts import pick, text
from reviews.rounds import local_time
from scheduler.staff_work import can_be_signed
from storage.audit import record
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, download, language_of
from web.site import site_of
from web.staff_forms import act_or_say_why, draw
from web.visitors import require_visitor

PATH = "/office/signatures"
PAY = "/office/results/{period}"

_PERIOD = re.compile(r"20[0-9]{2}(?:-(?:0[1-9]|1[0-2]|Q[1-4]))?", re.ASCII)
_FAULTS = frozenset({"signature_digest_changed", "result_not_approved", "result_not_signed"})


@dataclass(frozen=True, slots=True)
class SignedView:
    """One settled period and its signature; `cards` are (unit, total, place), the table that is signed."""

    period: str
    name: str
    settled: str
    digest: str
    whole_digest: str
    state: str
    is_signed: bool
    signed: str
    earlier: str
    may_sign: bool
    waits: str
    what: str
    cards: tuple[tuple[str, str, str, str], ...]


async def show(request: Request) -> Response:
    """GET /office/signatures: every settled period, what waits for the signature first."""
    done = text(language_of(request), "signatures.done") if request.query_params.get("done") == "sign" else None
    return await draw(request, "signatures.html.j2", lambda session: _values(session, request), done=done)


async def sign(request: Request) -> Response:
    """POST /office/signatures: sign the results of a period as they were shown."""
    form = await read_form(request, fields=(TOKEN_FIELD, "period", "digest"))
    if not _PERIOD.fullmatch(form["period"]):
        raise DomainError("form_unreadable")

    def act(session: Session) -> str:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        period = Period.parse(form["period"])
        sign_results(session, period=period, digest=form["digest"], actor=actor, now=now)
        return f"{PATH}?done=sign"

    return await act_or_say_why(
        request, act=act, values=lambda session: _values(session, request), template="signatures.html.j2",
        faults=_FAULTS, form=form,
    )  # fmt: skip


async def pay_csv(request: Request) -> Response:
    """POST /office/results/{period}/pay.csv: the table for pay, once it is signed."""
    return await _pay(request, CSV)


async def pay_xlsx(request: Request) -> Response:
    """POST /office/results/{period}/pay.xlsx: the same as a workbook."""
    return await _pay(request, XLSX)


async def _pay(request: Request, kind: str) -> Response:
    form = await read_form(request, fields=(TOKEN_FIELD,))
    written = str(request.path_params["period"])
    if not _PERIOD.fullmatch(written):
        raise DomainError("page_unknown")
    period, language = Period.parse(written), language_of(request)

    def work(session: Session) -> Sheet:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        require(may_export_pay(actor))
        sheet = pay_sheet(session, period, language)
        record(session, actor=actor.ref, action="export_pay", subject=str(period), now=now, details={"form": kind})
        return sheet

    sheet = await site_of(request).database.run(work)
    return download(pay_file(sheet, kind), name=pay_name(period, kind), media_type=MEDIA_TYPES[kind])


def _values(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_see_signatures(actor))
    found = sorted(signatures(session), key=lambda each: each.at is not None)
    is_accountant = may_sign_results(actor)
    return {
        "each": [_view(session, one, language, is_accountant=is_accountant) for one in found],
        "may_export": may_export_pay(actor),
    }


def _view(session: Session, found: Signed, language: str, *, is_accountant: bool) -> SignedView:
    name, is_signed = period_name(found.period, language), found.at is not None
    is_ready = is_signed or can_be_signed(session, found)
    signed = ""
    if found.at is not None:
        signed = text(language, "signatures.signed_by", name=found.by, at=local_time(session, found.at))
    settled_at = local_time(session, found.settled_at)
    return SignedView(
        period=str(found.period),
        name=name,
        settled=text(language, "signatures.settled", revision=found.revision, at=settled_at),
        digest=text(language, "signatures.digest", digest=found.digest[:MARK]),
        whole_digest=found.digest,
        state=text(language, "signatures.signed" if is_signed else "signatures.unsigned"),
        is_signed=is_signed,
        signed=signed,
        earlier=text(language, "signatures.earlier", count=found.earlier) if found.earlier else "",
        may_sign=is_accountant and not is_signed and is_ready,
        waits="" if is_ready else text(language, "signatures.unapproved"),
        what=text(language, "signatures.sign_what", period=name, digest=found.digest[:MARK]),
        cards=tuple(_card(card, language) for card in scorecards(session, found.period)),
    )


def _card(card: Card, language: str) -> tuple[str, str, str, str]:
    total = "—" if card.total is None else rounded(card.total, 2)
    place = "—" if card.rank is None else text(language, "signatures.place", rank=card.rank, of=card.rank_of)
    band = "—" if card.band is None else text(language, f"ranking.band.{card.band}")
    return pick(card.unit_name, language), total, band, place


ROUTES = [
    Route(PATH, show),
    Route(PATH, sign, methods=["POST"]),
    Route(f"{PAY}/pay.csv", pay_csv, methods=["POST"]),
    Route(f"{PAY}/pay.xlsx", pay_xlsx, methods=["POST"]),
]
