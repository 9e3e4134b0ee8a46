"""Pictures by key: drawn once in a process of its own, kept, and never of another content than the edition's."""

from __future__ import annotations

import asyncio
import hashlib
import sys

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from bulletins import pictures
from bulletins.charts import ranking_chart
from bulletins.editions import content_of, draft
from bulletins.models import Bulletin, BulletinPicture
from bulletins.pictures import picture
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
        [kept] = session.scalars(select(BulletinPicture)).all()
        assert (kept.language, kept.kind, kept.content_hash) == ("zh", "ranking", bulletin.content_hash)
        assert kept.sha256 == hashlib.sha256(first).hexdigest()


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
        assert session.scalar(select(func.count()).select_from(BulletinPicture)) == 1


def test_an_edition_without_history_has_no_picture_of_it(database, bulletin):
    with refused("picture_unknown"):
        asyncio.run(picture(database, f"bulletin:{bulletin.id}:zh:history"))


@pytest.mark.parametrize(
    "key", ["", "bulletin", "bulletin:1", "bulletin:x:zh", "bulletin:999:zh", "bulletin:1:fr", "bulletin:1:zh:poster",
            "bulletin:1:zh\n", "../bulletin:1:zh", "bulletin:" + "9" * 30 + ":zh", "bulletin:１:zh"],
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
        assert session.scalar(select(func.count()).select_from(BulletinPicture)) == 0


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
