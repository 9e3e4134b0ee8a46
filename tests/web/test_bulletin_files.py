"""The printed edition on the web: who gets which edition, in which language; named by its own digest."""

from __future__ import annotations

import hashlib

import pytest

from tests.web.cast import signed_in
from web import bulletin_files


@pytest.fixture
def printed(monkeypatch):
    """Prints without the press, which has its own tests: the key itself stands in for the PDF."""
    asked = []

    async def rendering(_database, key, form):
        asked.append((key, form))
        return b"%PDF-1.7 " + key.encode()

    monkeypatch.setattr(bulletin_files, "rendering", rendering)
    return asked


def test_a_released_edition_is_for_everybody_and_in_both_languages(hamlet, browse, printed):
    hamlet.has_a_season().has_released()
    browser = browse(hamlet.site())
    response = browser.get("/bulletins/2026-10/1.pdf?language=en")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf")
    assert response.content == b"%PDF-1.7 bulletin:1:en:edition"
    assert response.headers["content-disposition"] == 'inline; filename="tongping-2026-10-1-en.pdf"'
    assert response.headers["cache-control"] == "public, max-age=86400"
    assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'
    again = browser.get("/bulletins/2026-10/1.pdf?language=en", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    browser.get("/bulletins/2026-10/1.pdf?language=zh")
    assert printed[-1] == ("bulletin:1:zh:edition", "pdf")


def test_without_a_number_it_is_the_newest_released_one(hamlet, browse, printed):
    hamlet.has_a_season().has_released().has_corrected()
    response = browse(hamlet.site()).get("/bulletins/2026-10.pdf?language=zh")
    assert response.content == b"%PDF-1.7 bulletin:2:zh:edition"
    assert response.headers["cache-control"] == "private, no-cache"  # tomorrow it may be another
    assert "2026-10-2-zh" in response.headers["content-disposition"]


def test_a_draft_is_for_those_who_read_drafts(hamlet, browse, printed):
    hamlet.has_a_season()
    site = hamlet.site()
    for person in (None, "li", "gao", "he"):
        browser = browse(site) if person is None else signed_in(browse(site), hamlet, person)
        assert browser.get("/bulletins/2026-10/1.pdf").status_code == 404
        assert browser.get("/bulletins/2026-10.pdf").status_code == 404
    assert printed == []
    for person in ("chen", "sun"):
        browser = signed_in(browse(site), hamlet, person)
        response = browser.get("/bulletins/2026-10/1.pdf")
        assert (response.status_code, response.headers["cache-control"]) == (200, "private, no-cache")
        assert browser.get("/bulletins/2026-10.pdf").status_code == 404  # only by its number


@pytest.mark.parametrize(
    "address",
    ["2026-09.pdf", "2026-13.pdf", "x.pdf", "2026-10/2.pdf", "2026-10/0.pdf", "2026-10/x.pdf", "2026-10/-1.pdf",
     f"2026-10/{2**70}.pdf", "2026-10.PDF", "2026-10.pdf.pdf", "%00.pdf"],
)  # fmt: skip
def test_addresses_of_none(hamlet, browse, printed, address):
    hamlet.has_a_season().has_released()
    assert browse(hamlet.site()).get(f"/bulletins/{address}").status_code == 404
    assert printed == []
