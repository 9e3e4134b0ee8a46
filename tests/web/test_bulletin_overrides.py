"""The web edition names the bounds that its scheme breaks, with the written reason; what was written stays text."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from bulletins.content import to_json
from bulletins.models import Bulletin
from tests.bulletins.samples import group_of_26
from tests.bulletins.test_overrides import BROKEN, EN, REASON, ZH


def test_web_edition_shows_what_the_scheme_breaks_and_why(town: Any, browse: Any) -> None:
    town.has_a_season().has_released()
    hostile = '<img src=x onerror="alert(1)">'
    other = type(BROKEN)("points", "*", {}, BROKEN.sum, BROKEN.low, BROKEN.low, {"zh": hostile, "en": REASON["en"]})
    with town.database.transaction() as session:
        session.execute(update(Bulletin).values(content=to_json(group_of_26(overrides=(BROKEN, other)))))
    browser = browse(town.site())
    page = browser.opens("/bulletins/2026-10")
    assert ZH in page.text
    assert hostile in page.text
    assert "x" not in [image["src"] for image in page.every("img")]
    assert EN in browser.opens("/bulletins/2026-10?language=en").text
