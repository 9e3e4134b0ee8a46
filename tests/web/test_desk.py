"""The navigation of the desk: in groups, offered by role, every address a page that there is."""

from __future__ import annotations

import pytest

from tests.web.cast import signed_in
from web.desk import GROUPS, group_of, offered


def test_every_offered_page_exists_for_whom_it_is_offered(town, browse):
    town.has_a_season()
    site = town.site()
    for person, role in (("chen", "office"), ("sun", "committee"), ("gao", "auditor")):
        browser = signed_in(browse(site), town, person)
        for link in (link for group in offered([role]) for link in group.links):
            assert browser.get(link.address).status_code in (200, 303), (person, link.address)


def test_nothing_is_offered_twice():
    addresses = [link.address for group in GROUPS for link in group.links]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize(
    ("here", "group"),
    [
        ("/office", "season"), ("/office/bulletins/3", "season"), ("/units", "figures"), ("/office/readings", "figures"),
        ("/office/year/2026", "scheme"), ("/office/waivers", "peers"), ("/surveys/results", "surveys"), ("/other", "season"),
    ],
)  # fmt: skip
def test_the_group_of_the_open_page_is_shown(here, group):
    assert group_of(GROUPS, here).name == f"web.desk.group.{group}"


def test_desk_shows_its_group_and_all_pages(town, browse):
    town.has_a_season()
    page = signed_in(browse(town.site()), town, "chen").opens("/office/objections")
    nav = page.one("nav", class_="desk")
    row = nav.every("ul")[0]
    assert [each.text for each in row.every("a", **{"aria-current": "page"})] == ["异议"]
    assert len(nav.one("details").every("div", role="group")) == len(GROUPS)
