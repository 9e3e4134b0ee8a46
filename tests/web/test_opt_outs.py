"""A patient says no: on the survey's page, to the hospital's system, to the unit that answers the telephone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from surveys.fielding.models import Fielded, PersonOptOut
from surveys.models import Invitation
from tests.web.cast import API_KEY, GROWN, NOW, signed_in

VISIT = {
    "unit": "jia", "visit": "V-1", "kind": "outpatient", "discharged_at": "2026-11-05T16:20:00+08:00",
    "language": "zh", "person": "4711",
}  # fmt: skip
PATH = "/api/v1/opt-outs"


@pytest.fixture
def his(town, browse):
    return browse(town.site(), Authorization=f"Bearer {API_KEY}")


def reported(his, **change):
    """The ticket of a visit that the hospital reports, or None where nobody is to be written to."""
    body = {name: value for name, value in (VISIT | change).items() if value is not None}
    address = his.post("/api/v1/encounters", json=body).json()["web_url"]
    return address and address.rpartition("/")[2]


def dispositions(town):
    with town.database.transaction() as session:
        return sorted(session.scalars(select(Fielded.disposition)))


# ── on the survey's page ────────────────────────────────────────────────────────────────────────────────────────────


def test_notice_leads_to_a_no_for_good_and_back(town, his, browse):
    mei = browse(town.site())
    home = f"/s/{reported(his)}"
    link = next(each for each in mei.opens(home).every("a") if each["href"].endswith("/refuse"))
    assert mei.opens(link["href"]).one("h1").text == "不想参加？"
    page = mei.sends(f"{home}/refuse", change={"which": "for_good"})
    assert page.one("p", role="status").text == "以后不再邀请您，也不再提醒您。"
    assert dispositions(town) == ["refused"]
    assert reported(his, visit="V-2") is None
    mei.opens(home)
    mei.sends(f"{home}/consent", change=GROWN)
    assert mei.status == 200
    assert "started" in dispositions(town)


def test_no_this_time_leaves_later_visits_alone(town, his, browse):
    mei = browse(town.site())
    home = f"/s/{reported(his)}"
    mei.opens(f"{home}/refuse")
    page = mei.sends(f"{home}/refuse", change={"which": "now"})
    assert "这次不再提醒您" in page.one("p", role="status").text
    assert town.count(PersonOptOut) == 0


def test_without_a_reference_of_the_person_the_page_says_what_cannot_be_promised(town, browse):
    mei = browse(town.site())
    home = f"/s/{town.ticket(language='en')}"
    mei.opens(f"{home}/refuse")
    page = mei.sends(f"{home}/refuse", change={"which": "for_good"})
    assert "a later visit may bring an invitation" in page.one("p", role="status").text


@pytest.mark.parametrize("form", [{"which": "x"}, {"which": ""}, {}, {"which": "now", "else": "1"}])
def test_other_forms_change_nothing(town, browse, form):
    mei = browse(town.site())
    home = f"/s/{town.ticket()}"
    before = town.everything()
    assert mei.post(f"{home}/refuse", form).status_code in (400, 422)
    assert town.everything() == before


def test_links_that_open_nothing_and_posters_have_no_such_page(town, browse):
    mei = browse(town.site())
    assert mei.get("/s/nothing/refuse").status_code == 404
    ticket = town.ticket()
    town.now = NOW + timedelta(days=60)
    assert mei.get(f"/s/{ticket}/refuse").status_code == 410


# ── from the hospital's system ──────────────────────────────────────────────────────────────────────────────────────


def test_system_reports_an_opt_out_by_visit_or_by_person(town, his):
    reported(his)
    answer = his.post(PATH, json={"unit": "jia", "visit": "V-1"})
    assert (answer.status_code, answer.json()) == (200, {"later_visits": True})
    assert reported(his, visit="V-2") is None
    assert his.post(PATH, json={"unit": "jia", "person": "0815"}).json() == {"later_visits": True}
    assert reported(his, visit="V-3", person="0815") is None
    assert reported(his, visit="V-4", person=None) is not None
    assert his.post(PATH, json={"unit": "jia", "visit": "V-4"}).json() == {"later_visits": False}
    assert town.audited("opt_out_patient") == ["api:his"] * 3


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"unit": "jia"}, 422, "field_invalid"),
        ({"unit": "jia", "visit": "V-1", "person": "4711"}, 422, "field_invalid"),
        ({"unit": "jia", "visit": ""}, 422, "field_invalid"),
        ({"unit": "jia", "visit": 1}, 422, "field_invalid"),
        ({"visit": "V-1"}, 422, "field_missing"),
        ({"unit": "jia", "visit": "V-1", "reason": "angry"}, 422, "unknown_field"),
        ({"unit": "jia", "visit": "V-9"}, 404, "visit_unknown"),
        ({"unit": "yi", "visit": "V-1"}, 403, "key_of_other_unit"),
        ([], 422, "json_unreadable"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(town, his, body, status, code):
    reported(his)
    before = town.everything()
    answer = his.post(PATH, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert town.everything() == before


def test_a_key_is_needed(town, browse):
    assert browse(town.site()).post(PATH, json={"unit": "jia", "person": "4711"}).status_code == 401


# ── at the unit's desk ──────────────────────────────────────────────────────────────────────────────────────────────


def notes(browser, visit, unit="jia"):
    browser.opens(f"/units/{unit}/surveys")
    return browser.sends(f"/units/{unit}/surveys/opt-outs#opt-outs", change={"visit": visit})


def test_desk_notes_an_opt_out_and_says_what_it_covers(town, his, browse):
    reported(his)
    reported(his, visit="V-2", person=None)
    li = signed_in(browse(town.site()), town, "li")
    assert "以后的就诊也不再邀请" in notes(li, " V-1 ").one("p", role="status").text
    assert "无法自动识别" in notes(li, "V-2").one("p", role="status").text
    assert dispositions(town) == ["refused", "refused"]
    assert town.audited("opt_out_patient") == ["person:li"] * 2


def test_desk_names_a_visit_nobody_invited_and_keeps_what_was_typed(town, his, browse):
    reported(his)
    li = signed_in(browse(town.site()), town, "li")
    page = notes(li, "<b>V-9</b>")
    assert li.status == 422
    assert "<b>V-9</b>" in page.one("p", role="alert").text
    assert page.one("input", id="f-visit")["value"] == "<b>V-9</b>"
    assert dispositions(town) == ["delivered"]


@pytest.mark.parametrize(("person", "status"), [("chen", 200), ("wang", 404), ("sun", 403), ("gao", 403), ("he", 404)])
def test_desk_is_the_offices_and_the_units_own(town, his, browse, person, status):
    reported(his)
    browser = signed_in(browse(town.site()), town, person)
    token = browser.opens("/bulletins").one("footer").one("input", name="csrf")["value"]
    answer = browser.post("/units/jia/surveys/opt-outs", {"csrf": token, "visit": "V-1"})
    assert answer.status_code == status
    assert dispositions(town) == (["refused"] if status == 200 else ["delivered"])
    assert browser.post("/units/jia/surveys/opt-outs", {"visit": "V-1"}).status_code in (403, 404)


def test_a_visit_of_another_unit_is_no_visit_here(town, his, browse):
    reported(his)
    chen = signed_in(browse(town.site()), town, "chen")
    notes(chen, "V-1", unit="yi")
    assert chen.status == 422
    assert town.count(Invitation) == 1
    assert dispositions(town) == ["delivered"]
