"""Pictures by key: drawn once in a process of its own, kept, and never of another content than the edition's."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections import OrderedDict

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from bulletins import pictures
from bulletins.charts import ranking_chart
from bulletins.editions import content_of, draft
from bulletins.models import Bulletin, Rendering
from bulletins.pictures import picture, rendering
from bulletins.poster_drawing import Poster, draw_poster
from bulletins.printing import print_edition
from consortium.models import Unit
from tests.bulletins.cast import MORNING, Desk, refused
from tests.evaluation.cast import OCTOBER


@pytest.fixture
def bulletin(database) -> Bulletin:
    with database.transaction() as session:
        return Desk(session).is_ready().drafts()


@pytest.fixture
def drawings(monkeypatch) -> list[str]:
    """How many processes have drawn, by language."""
    seen = []
    draw = pictures._draw

    async def counting(order):
        seen.append(order.language)
        return await draw(order)

    monkeypatch.setattr(pictures, "_draw", counting)
    return seen


def test_a_picture_is_what_the_chart_draws_and_is_kept_with_its_digest(database, bulletin, drawings):
    key = f"bulletin:{bulletin.id}:zh"
    first = asyncio.run(picture(database, key))
    assert first == ranking_chart(content_of(bulletin), "zh")
    assert asyncio.run(picture(database, key)) == first
    assert drawings == ["zh"]
    with database.transaction() as session:
        [kept] = session.scalars(select(Rendering)).all()
        assert (kept.language, kept.kind, kept.content_hash) == ("zh", "ranking", bulletin.content_hash)
        assert kept.sha256 == hashlib.sha256(first).hexdigest()


def test_every_form_of_an_edition_is_made_once_and_kept(database, bulletin, drawings):
    """The PDF and the SVG beside the PNG, each under its own name; what makes no sense is nothing."""
    key = f"bulletin:{bulletin.id}:en"
    pdf = asyncio.run(rendering(database, f"{key}:edition", "pdf"))
    svg = asyncio.run(rendering(database, key, "svg"))
    assert (pdf[:5], svg[:5]) == (b"%PDF-", b"<svg ")
    assert pdf == print_edition(content_of(bulletin), "en") == asyncio.run(rendering(database, f"{key}:edition", "pdf"))
    assert drawings == ["en", "en"]
    with database.transaction() as session:
        kept = session.execute(select(Rendering.kind, Rendering.form, Rendering.sha256).order_by(Rendering.kind)).all()
    digests = [hashlib.sha256(each).hexdigest() for each in (pdf, svg)]
    assert [tuple(each) for each in kept] == [("edition", "pdf", digests[0]), ("ranking", "svg", digests[1])]
    for wrong, form in ((key, "pdf"), (f"{key}:edition", "png"), (f"{key}:edition", "svg"), (key, "exe"), (key, "")):
        with refused("picture_unknown"):
            asyncio.run(rendering(database, wrong, form))


def test_a_poster_is_drawn_once_as_long_as_it_shows_the_same(database, bulletin, drawings, monkeypatch):
    shown = [Poster({"zh": "医联体"}, {"zh": "协同之星"}, "2026-10", (("王芳", {"zh": "东湖"}),))]
    monkeypatch.setattr(pictures, "poster_of", lambda session, honour_id: shown[-1])
    monkeypatch.setattr(pictures, "_posters", OrderedDict())
    first = asyncio.run(picture(database, "honour:5:zh"))
    assert first == draw_poster(shown[0], "zh").png() == asyncio.run(picture(database, "honour:5:zh"))
    assert drawings == ["zh"]
    shown.append(Poster({"zh": "医联体"}, {"zh": "协同之星"}, "2026-10", (("刘伟", {"zh": "东湖"}),)))
    assert asyncio.run(picture(database, "honour:5:zh")) != first
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Rendering)) == 0
    with refused("picture_unknown"):
        asyncio.run(rendering(database, "honour:5:zh", "pdf"))


def test_an_honour_that_nobody_has_yet_has_no_poster(database, bulletin):
    with refused("picture_unknown"):
        asyncio.run(picture(database, "honour:5:zh"))


def test_many_who_ask_at_once_have_it_drawn_once(database, bulletin, drawings):
    async def many():
        return await asyncio.gather(*(picture(database, f"bulletin:{bulletin.id}:en") for _ in range(8)))

    assert len(set(asyncio.run(many()))) == 1
    assert drawings == ["en"]


def test_a_new_content_has_a_new_picture(database, bulletin, drawings):
    key = f"bulletin:{bulletin.id}:zh"
    before = asyncio.run(picture(database, key))
    with database.transaction() as session:
        session.execute(update(Unit).where(Unit.code == "yi").values(name={"zh": "第二医院", "en": "Second"}))
        draft(session, period=OCTOBER, actor="schedule", now=MORNING)
    assert asyncio.run(picture(database, key)) != before
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Rendering)) == 1


@pytest.mark.parametrize("kind", ["history", "trends"])
def test_an_edition_without_history_has_no_picture_of_it(database, bulletin, kind):
    with refused("picture_unknown"):
        asyncio.run(picture(database, f"bulletin:{bulletin.id}:zh:{kind}"))


@pytest.mark.parametrize(
    "key", ["", "bulletin", "bulletin:1", "bulletin:x:zh", "bulletin:999:zh", "bulletin:1:fr", "bulletin:1:zh:poster",
            "bulletin:1:zh\n", "honour:1", "honour:99:zh", "honour:1:zh:heat", "bulletin:1:zh:ranking", "../bulletin:1:zh", "bulletin:" + "9" * 30 + ":zh", "bulletin:１:zh"],
)  # fmt: skip
def test_an_unknown_key_is_refused(database, bulletin, key):
    with refused("picture_unknown"):
        asyncio.run(picture(database, key))


@pytest.mark.parametrize(
    ("program", "event"),
    [
        ("import sys; sys.stderr.write('out of ink'); sys.exit(3)", "picture.failed"),
        ("print('no picture')", "picture.failed"),
        ("import time; time.sleep(60)", "picture.too_slow"),
    ],
)
def test_a_drawing_that_fails_is_told_logged_and_not_kept(database, bulletin, monkeypatch, program, event):
    real = asyncio.create_subprocess_exec
    children = []

    async def other_program(*arguments, **options):
        child = await real(sys.executable, "-c", program, **{**options, "cwd": None})
        children.append(child)
        return child

    monkeypatch.setattr(asyncio, "create_subprocess_exec", other_program)
    monkeypatch.setattr(pictures, "LONGEST_DRAWING", 0.5 if event == "picture.too_slow" else 30.0)
    with capture_logs() as logs, refused("picture_failed"):
        asyncio.run(picture(database, f"bulletin:{bulletin.id}:zh"))
    assert [entry["event"] for entry in logs] == [event]
    assert children[0].returncode is not None  # nothing is left running
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Rendering)) == 0


def test_who_stops_waiting_leaves_no_process_behind(database, bulletin, monkeypatch):
    real = asyncio.create_subprocess_exec
    children = []

    async def slow_program(*arguments, **options):
        child = await real(sys.executable, "-c", "import time; time.sleep(60)", **{**options, "cwd": None})
        children.append(child)
        started.set()
        return child

    async def story():
        asking = asyncio.ensure_future(picture(database, f"bulletin:{bulletin.id}:zh"))
        await asyncio.wait_for(started.wait(), 10)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    started = asyncio.Event()
    monkeypatch.setattr(asyncio, "create_subprocess_exec", slow_program)
    asyncio.run(story())
    assert children[0].returncode is not None


def test_the_drawing_process_gets_no_secret(database, bulletin, monkeypatch):
    monkeypatch.setenv("TONGPING_SECRET_KEY", "very secret")
    assert not any("TONGPING" in name for name in pictures._ENVIRONMENT)
    seen = {}
    real = asyncio.create_subprocess_exec

    async def looks(*arguments, **options):
        seen.update(options["env"])
        return await real(*arguments, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", looks)
    asyncio.run(picture(database, f"bulletin:{bulletin.id}:zh"))
    assert "very secret" not in seen.values()
    assert seen["OPENBLAS_NUM_THREADS"] == "1"
