"""`tongping bulletin render`: an edition as text, page, picture or print, to a file or to stdout.

The same edition gives the same bytes, however often and wherever it is rendered: pictures and prints are those that
the groups get. Drafts are rendered too where nothing is released or where they are asked for by number; stderr says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.answer import Answer
from app.installation import opened
from app.settings import read_settings, terminal_language
from bulletins.charts import EDITION, PDF, PNG, RANKING, SVG, kinds_of, picture_key
from bulletins.editions import RELEASED, content_of
from bulletins.html_edition import html_edition
from bulletins.models import Bulletin, Retraction
from bulletins.parts import BulletinContent
from bulletins.pictures import rendering
from bulletins.rendering import bulletin_text
from consortium.periods import Period
from locales.errors import DomainError
from locales.texts import text
from storage.database import Database

TEXT, HTML = "text", "html"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The edition that is rendered, and what people should know about it."""

    id: int
    edition: int
    state: str
    is_retracted: bool
    content: BulletinContent


def render(
    period: str,
    *,
    form: str,
    output: Path | None,
    language: str,
    kind: str | None,
    edition: int | None,
    is_for_json: bool,
) -> Answer:
    """Write an edition. Errors: `bulletin_unknown`, `picture_unknown`, `render_kind_needs_png`,
    `render_json_needs_output`, `render_needs_output`, `render_not_written`.
    """
    speaks, wanted = terminal_language(), Period.parse(period)
    _refuse_options(form, output, kind, is_for_json=is_for_json)
    with opened(read_settings()) as database:
        with database.transaction() as session:
            chosen = _chosen(session, wanted, edition)
        written = _rendered(database, chosen, form, language, kind or RANKING)
    document = {
        "period": str(wanted),
        "edition": chosen.edition,
        "state": chosen.state,
        "retracted": chosen.is_retracted,
        "format": form,
        "kind": (kind or RANKING) if form == PNG else None,
        "language": language,
        "bytes": len(written),
        "sha256": hashlib.sha256(written).hexdigest(),
        "output": None if output is None else str(output),
    }
    warnings = []
    if chosen.state != RELEASED:
        warnings.append(text(speaks, "printing.is_draft", period=wanted, edition=chosen.edition))
    if chosen.is_retracted:
        warnings.append(text(speaks, "printing.is_retracted", period=wanted, edition=chosen.edition))
    if output is None:
        _print(written)
        return Answer(document, (), warnings=warnings)
    _write(written, output)
    said = text(speaks, "printing.written", period=wanted, edition=chosen.edition, file=output, bytes=len(written))
    return Answer(document, (said,), warnings=warnings)


def _refuse_options(form: str, output: Path | None, kind: str | None, *, is_for_json: bool) -> None:
    if kind is not None and form != PNG:
        raise DomainError("render_kind_needs_png")
    if is_for_json and output is None:
        raise DomainError("render_json_needs_output")
    if output is None and form in (PNG, PDF) and _is_terminal():
        raise DomainError("render_needs_output", form=form)


def _chosen(session: Session, period: Period, number: int | None) -> _Chosen:
    """The edition of this number; without one the newest released, or the newest draft where none is."""
    found = list(
        session.scalars(select(Bulletin).where(Bulletin.period == str(period)).order_by(Bulletin.edition.desc()))
    )
    if number is not None:
        found = [each for each in found if each.edition == number]
    chosen = next((each for each in found if each.state == RELEASED), found[0] if found else None)
    if chosen is None:
        raise DomainError("bulletin_unknown")
    taken_back = select(Retraction.id).where(Retraction.bulletin_id == chosen.id, Retraction.state == "done")
    return _Chosen(chosen.id, chosen.edition, chosen.state, session.scalar(taken_back) is not None, content_of(chosen))


def _rendered(database: Database, chosen: _Chosen, form: str, language: str, kind: str) -> bytes:
    if form == TEXT:
        return bulletin_text(chosen.content, language).encode()
    if form == HTML:
        charts = {
            each: asyncio.run(rendering(database, picture_key(chosen.id, language, each), SVG))
            for each in kinds_of(chosen.content)
        }
        return html_edition(chosen.content, language, charts).encode()
    key = picture_key(chosen.id, language, EDITION if form == PDF else kind)
    return asyncio.run(rendering(database, key, form))


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _print(written: bytes) -> None:
    """To stdout as they are: a pipe gets the bytes that a file would."""
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(written.decode("utf-8", "replace"))
        return
    stream.write(written)
    stream.flush()


def _write(written: bytes, output: Path) -> None:
    """Into a file beside it first, which takes its place once it is whole."""
    part = output.with_name(f".{output.name}.part")
    try:
        part.write_bytes(written)
        part.replace(output)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise DomainError("render_not_written", file=str(output), reason=error.strerror or "") from None
