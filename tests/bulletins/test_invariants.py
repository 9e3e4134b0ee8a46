"""What the doctor finds in the tables of bulletins."""

from __future__ import annotations

from sqlalchemy import update

from bulletins.invariants import check_bulletins
from bulletins.models import Bulletin, Rendering
from locales.errors import explain


def test_a_sound_archive_is_clean(desk):
    desk.releases(desk.proposes())
    assert check_bulletins(desk.session) == []


def test_a_changed_content_and_a_picture_of_another_one_are_named(desk):
    bulletin = desk.proposes()
    desk.releases(bulletin)
    desk.session.add(
        Rendering(
            bulletin_id=bulletin.id,
            language="zh",
            kind="ranking",
            form="png",
            content_hash="0" * 64,
            content=b"",
            sha256="",
        )
    )
    desk.session.execute(update(Bulletin).values(content={**bulletin.content, "edition": 7}))
    findings = check_bulletins(desk.session)
    assert [(finding.key, finding.code) for finding in findings] == [
        ("bulletin:2026-10/1", "bulletin_content_differs"),
        ("bulletin:2026-10/1", "bulletin_picture_differs"),
    ]
    assert all(explain("zh", finding) != explain("en", finding) for finding in findings)
