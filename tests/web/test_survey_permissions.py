"""Every page of surveys, walked as everybody: who sees it, who acts on it, and how each is led to it by clicks.

A unit that is not one's own does not exist (404); what is the office's is refused (403); nobody is asked to sign in (401).
"""

from __future__ import annotations

import re

import pytest

from consortium.models import Person, Role
from surveys.fielding.waves import launch_wave
from surveys.questionnaires import apply_questionnaire
from tests.surveys.audiences.cast import BLIND
from tests.surveys.fielding.cast import plan
from tests.surveys.results_cast import patients_answer
from tests.web.cast import LONG_AGO, signed_in
from web.third_party import PATH as THIRD_PARTY

OFFICE, COMMITTEE, AUDITOR, OWN, OTHER, STAFF, TRUSTEE, NOBODY = (
    "chen", "sun", "gao", "li", "wang", "he", "tao", None
)  # fmt: skip
EVERYBODY = (OFFICE, COMMITTEE, AUDITOR, OWN, OTHER, STAFF, TRUSTEE, NOBODY)

SEASON = (200, 200, 200, 403, 403, 403, 403, 401)
OFFICE_ONLY = (200, 403, 403, 403, 403, 403, 403, 401)
UNIT = (200, 200, 200, 200, 404, 404, 404, 401)
ACTS_IN_UNIT = (200, 403, 403, 200, 404, 404, 404, 401)
OWNS_UNIT = (200, 404, 404, 200, 404, 404, 404, 401)

PAGES = {
    "/surveys": SEASON,
    "/surveys/waves/w": SEASON,
    "/surveys/questionnaires": SEASON,
    "/surveys/results": SEASON,
    "/surveys/audiences": SEASON,
    "/surveys/previews": SEASON,
    "/surveys/previews/outpatient/1": SEASON,
    THIRD_PARTY: SEASON,
    f"{THIRD_PARTY}/nothing": (409, *OFFICE_ONLY[1:]),
    "/units/jia": UNIT,
    "/units/jia/surveys": UNIT,
    "/units/jia/results": UNIT,
    "/units/jia/audiences": UNIT,
    "/units/nothing/results": (404,) * 7 + (401,),
    "/units/nothing/audiences": (404,) * 7 + (401,),
}
EXPORT = {"table": "figures", "form": "csv", "period": "2026-10", "stream": "visit"}
LINKS = {"kind": "staff", "group": "", "count": "1", "language": "zh", "form": "csv"}
ACTS = {
    "/surveys/results/export": (EXPORT, OFFICE_ONLY),
    "/units/jia/results/export": (EXPORT, OWNS_UNIT),
    "/units/jia/audiences/export": ({"period": "2026-10", "form": "csv"}, ACTS_IN_UNIT),
    "/units/jia/audiences/links": (LINKS, ACTS_IN_UNIT),
    f"{THIRD_PARTY}/nothing/import": ({}, (409, *OFFICE_ONLY[1:])),
}


@pytest.fixture
def season(hamlet):
    with hamlet.database.transaction() as session:
        apply_questionnaire(session, document=BLIND, now=LONG_AGO)
        session.add(Person(id=TRUSTEE, name="陶然", language="zh", active=True))
        session.flush()
        session.add(Role(person_id=TRUSTEE, role="trustee", unit_code=None))
        patients_answer(session, 6, 10)
        launch_wave(session, plan=plan(), seed="s", new_id="w", actor="person:chen", now=LONG_AGO)
    return hamlet


def window(season, browse, person):
    """A browser of this person; of nobody, one that never signed in."""
    browser = browse(season.site())
    return signed_in(browser, season, person) if person is not None else browser


@pytest.mark.parametrize("place", range(len(EVERYBODY)), ids=[str(each) for each in EVERYBODY])
def test_who_sees_which_page(season, browse, place):
    browser = window(season, browse, EVERYBODY[place])
    seen = {path: browser.get(path).status_code for path in PAGES}
    assert seen == {path: expected[place] for path, expected in PAGES.items()}


@pytest.mark.parametrize("place", range(len(EVERYBODY)), ids=[str(each) for each in EVERYBODY])
def test_who_may_do_what(season, browse, place):
    browser = window(season, browse, EVERYBODY[place])
    token = ""
    if EVERYBODY[place] is not None:
        token = browser.opens("/bulletins").one("input", name="csrf")["value"]
    done = {path: browser.post(path, {"csrf": token, **fields}).status_code for path, (fields, _) in ACTS.items()}
    assert done == {path: expected[place] for path, (_, expected) in ACTS.items()}


@pytest.mark.parametrize("path", list(ACTS))
def test_nothing_is_done_without_the_forms_own_mark(season, browse, path):
    browser = window(season, browse, OFFICE)
    before = season.everything()
    assert browser.post(path, {"csrf": "x", **ACTS[path][0]}).status_code == 403
    assert season.everything() == before


def reached(browser, start):
    """Every page of ours that a visitor comes to by clicking from one."""
    found, waiting = {start}, [start]
    while waiting:
        page = browser.opens(waiting.pop())
        for link in page.every("a"):
            path = re.sub(r"[?#].*", "", link.attributes.get("href", ""))
            is_ours = path.startswith(("/surveys", "/units", "/office"))
            if is_ours and path not in found and not path.endswith(".pdf"):
                found.add(path)
                waiting.append(path)
    return found


def test_the_office_comes_everywhere_by_clicks(season, browse):
    found = reached(window(season, browse, OFFICE), "/office")
    assert {path for path in PAGES if "nothing" not in path} <= found
    for code in ("yi", "bing"):
        assert {f"/units/{code}/results", f"/units/{code}/audiences"} <= found


def test_a_representative_comes_to_all_of_their_unit_and_to_nothing_else(season, browse):
    browser = window(season, browse, OWN)
    found = reached(browser, "/units/jia")
    own = ("surveys", "results", "audiences", "readings", "explanations", "objections", "history")
    others = {path for path in found if not path.startswith("/office/schemes")}  # what all are scored by
    assert others == {"/units/jia", *(f"/units/jia/{name}" for name in own)}


@pytest.mark.parametrize("person", [OFFICE, OWN])
@pytest.mark.parametrize("path", ["/units/jia/surveys", "/units/jia/results", "/units/jia/audiences"])
def test_every_page_of_a_unit_leads_back(season, browse, person, path):
    page = window(season, browse, person).opens(path)
    assert "/units/jia" in [link.attributes.get("href") for link in page.one("main").every("a")]


@pytest.mark.parametrize("person", [COMMITTEE, AUDITOR])
def test_who_only_looks_is_offered_no_form(season, browse, person):
    browser = window(season, browse, person)
    for path in [path for path, expected in PAGES.items() if expected in (SEASON, UNIT)]:
        forms = [each.attributes for each in browser.opens(path).one("main").every("form")]
        assert [each for each in forms if each.get("method") == "post"] == [], path
