"""`POST /api/v1/encounters` and `GET /api/v1/contacts`, as a hospital's system calls them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from consortium.links import token_hash
from locales.errors import DomainError, explain
from storage.base import Base
from surveys.fielding.dispositions import note
from surveys.fielding.waves import Plan, launch_wave
from surveys.models import Invitation, Ticket
from tests.web.cast import API_KEY, HERE, NOW
from web.api import read_time, written_time

PATH, CONTACTS, OPT_OUTS = "/api/v1/encounters", "/api/v1/contacts", "/api/v1/opt-outs"
READINGS = "/api/v1/readings"
VISIT = {
    "unit": "jia",
    "visit": "2026-门诊-0042",
    "kind": "outpatient",
    "discharged_at": "2026-11-05T16:20:00+08:00",
    "language": "zh",
}


@pytest.fixture
def his(town, browse):
    """The hospital's system, with its key."""
    return browse(town.site(bot_name=lambda: "tongping_bot"), Authorization=f"Bearer {API_KEY}")


def reports(his, **change):
    body = {name: value for name, value in (VISIT | change).items() if value is not None}
    return his.post(PATH, json=body)


def refusal(response):
    document = response.json()
    assert set(document) == {"error"}
    assert set(document["error"]) == {"code", "message", "details"}
    return response.status_code, document["error"]["code"], document["error"]["details"]


def test_new_visit_gets_both_links_with_the_same_ticket(town, his):
    response = reports(his)
    document = response.json()
    assert response.status_code == 201
    assert set(document) == {"invitation", "web_url", "telegram_url", "expires_at"}
    assert document["expires_at"] == "2026-12-17T08:20:00Z"
    ticket = document["web_url"].removeprefix(f"{HERE}/s/")
    assert len(ticket) == 22
    assert document["telegram_url"] == f"https://t.me/tongping_bot?start={ticket}"
    invitation = town.one(Invitation)
    assert (invitation.id, invitation.unit_code, invitation.visit) == (document["invitation"], "jia", VISIT["visit"])
    assert town.one(Ticket).hash == token_hash(ticket)
    assert town.audited("invite") == ["api:his"]
    his.opens(f"/s/{ticket}")
    assert his.status == 200


def test_same_visit_again_has_the_same_keys_and_no_links(town, his):
    first = reports(his).json()
    response = reports(his, language="en", discharged_at="2026-11-01T00:00:00Z")
    assert response.status_code == 200
    assert response.json() == first | {"web_url": None, "telegram_url": None}
    assert (town.count(Invitation), town.count(Ticket)) == (1, 1)


def test_same_visit_many_times_at_once_makes_one_invitation(town, his):
    answers = his.together(20, "POST", PATH, json=VISIT)
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["invitation"] for answer in answers}) == 1
    assert (town.count(Invitation), town.count(Ticket)) == (1, 1)


def test_public_address_is_used_and_the_host_header_never(town, browse):
    site = town.site(public_url="https://tongping.example/")
    his = browse(site, Authorization=f"Bearer {API_KEY}", Host="evil.example", **{"X-Forwarded-Host": "evil.example"})
    document = reports(his).json()
    assert document["web_url"].startswith("https://tongping.example/s/")
    assert document["telegram_url"] is None


def test_without_a_public_address_links_are_made_on_this_machine_alone(hamlet, browse):
    elsewhere = browse(hamlet.site(), base="http://10.1.2.3:8000", Authorization=f"Bearer {API_KEY}", Host="127.0.0.1")
    before = hamlet.everything()
    assert refusal(reports(elsewhere))[:2] == (503, "public_url_missing")
    assert hamlet.everything() == before
    six = browse(hamlet.site(), base="http://[::1]:8000", Authorization=f"Bearer {API_KEY}")
    assert reports(six).json()["web_url"].startswith("http://[::1]:8000/s/")


def test_without_a_good_key_nothing_is_looked_at(hamlet, browse):
    for header, code in [
        (None, "api_key_missing"),
        ("", "api_key_missing"),
        ("Bearer", "api_key_missing"),
        ("Bearer  ", "api_key_missing"),
        (API_KEY, "api_key_missing"),
        (f"Basic {API_KEY}", "api_key_missing"),
        ("Bearer wrong", "api_key_unknown"),
        (f"Bearer {API_KEY}x", "api_key_unknown"),
        (f"Bearer {API_KEY[:-1]}", "api_key_unknown"),
        (f"Bearer {token_hash(API_KEY)}", "api_key_unknown"),
        ("Bearer \xff\xfe", "api_key_unknown"),
    ]:
        browser = browse(hamlet.site())
        before = hamlet.everything()
        headers = {} if header is None else {"Authorization": header.encode("latin-1")}
        for body in (json.dumps(VISIT), "{", ""):
            response = browser.post(PATH, content=body, headers={**headers, "Content-Type": "application/json"})
            assert refusal(response) == (401, code, {})
        assert hamlet.everything() == before


def test_bearer_is_read_in_any_case(hamlet, browse):
    assert reports(browse(hamlet.site(), Authorization=f"bearer {API_KEY}")).status_code == 201


def test_key_of_another_unit_is_refused_whether_that_unit_exists_or_not(town, his):
    before = town.everything()
    for unit in ("yi", "nowhere"):
        assert refusal(reports(his, unit=unit)) == (403, "key_of_other_unit", {})
    assert town.everything() == before


def test_what_is_not_understood_is_refused_by_name(town, his):
    for change, code, details in [
        ({"weight": 3}, "unknown_field", {"field": "weight"}),
        ({"flagged": False, "unit": 7}, "unknown_field", {"field": "flagged"}),
        ({"unit": None}, "field_missing", {"field": "unit"}),
        ({"language": None}, "field_missing", {"field": "language"}),
        ({"language": "fr"}, "field_invalid", {"field": "language"}),
        ({"language": 1}, "field_invalid", {"field": "language"}),
        ({"visit": ""}, "field_invalid", {"field": "visit"}),
        ({"visit": "x" * 65}, "field_invalid", {"field": "visit"}),
        ({"visit": 42}, "field_invalid", {"field": "visit"}),
        ({"visit": " a"}, "visit_invalid", {"limit": 64}),
        ({"visit": "a\x00b"}, "visit_invalid", {"limit": 64}),
        ({"visit": "a\nb"}, "visit_invalid", {"limit": 64}),
        ({"visit": "a\u202eb"}, "visit_invalid", {"limit": 64}),
        ({"kind": ""}, "field_invalid", {"field": "kind"}),
        ({"kind": "dentist"}, "kind_without_questionnaire", {"kind": "dentist"}),
        ({"kind": "out\x00patient"}, "kind_without_questionnaire", {"kind": "out\x00patient"}),
        ({"discharged_at": "2026-11-05T16:20:00"}, "field_invalid", {"field": "discharged_at"}),
        ({"discharged_at": "2026-11-05 16:20:00+08:00"}, "field_invalid", {"field": "discharged_at"}),
        ({"discharged_at": "2026-11-05"}, "field_invalid", {"field": "discharged_at"}),
        ({"discharged_at": "2026-02-30T00:00:00Z"}, "field_invalid", {"field": "discharged_at"}),
        ({"discharged_at": "2026-11-05T24:61:00Z"}, "field_invalid", {"field": "discharged_at"}),
        ({"discharged_at": "0001-01-01T00:00:00+14:00"}, "field_invalid", {"field": "discharged_at"}),
        ({"discharged_at": "２026-11-05T16:20:00Z"}, "field_invalid", {"field": "discharged_at"}),
        ({"discharged_at": 1762300000}, "field_invalid", {"field": "discharged_at"}),
        ({"discharged_at": "1762300000"}, "field_invalid", {"field": "discharged_at"}),
        ({"discharged_at": "9999-12-31T23:59:59Z"}, "discharge_ahead", {"discharged_at": "9999-12-31T23:59:59+00:00"}),
    ]:
        before = town.everything()
        assert refusal(reports(his, **change)) == (422, code, details)
        assert town.everything() == before


def test_body_that_is_no_json_object_is_refused(town, his):
    for body, kind in [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"unit": "\\ud800"}', "application/json"),
        (b"[" * 50_000, "application/json"),
        (json.dumps(VISIT).encode(), "text/plain"),
        (json.dumps(VISIT).encode(), "application/x-www-form-urlencoded"),
    ]:
        before = town.everything()
        response = his.post(PATH, content=body, headers={"Content-Type": kind})
        assert refusal(response) == (422, "json_unreadable", {})
        assert town.everything() == before


def test_body_that_is_too_long_is_refused(town, his):
    response = his.post(PATH, json=VISIT | {"visit": "x" * 70_000})
    assert refusal(response) == (413, "body_too_large", {"limit": 64})
    assert town.count(Invitation) == 0


def test_message_is_in_the_language_that_was_asked_for(hamlet, browse):
    his = browse(hamlet.site(), Authorization=f"Bearer {API_KEY}", **{"Accept-Language": "en-GB,zh;q=0.5"})
    fault = DomainError("field_missing", field="unit")
    assert reports(his, unit=None).json()["error"]["message"] == explain("en", fault)
    by_field = reports(his, kind="dentist", language="zh").json()["error"]["message"]
    assert by_field == explain("zh", DomainError("kind_without_questionnaire", kind="dentist"))


def test_visit_of_long_ago_makes_an_invitation_that_has_expired(town, his):
    response = reports(his, discharged_at="2026-01-05T00:00:00Z")
    assert (response.status_code, response.json()["expires_at"]) == (201, "2026-02-16T00:00:00Z")
    ticket = response.json()["web_url"].rpartition("/")[2]
    assert his.get(f"/s/{ticket}").status_code == 410


def test_other_methods_and_addresses_answer_in_the_same_shape(hamlet, browse):
    browser = browse(hamlet.site())
    assert refusal(browser.get(PATH))[:2] == (405, "method_unknown")
    assert browser.response.headers["allow"] == "POST"
    assert refusal(browser.get("/api/v1/nothing"))[:2] == (404, "page_unknown")
    assert refusal(browser.post(f"{PATH}/", json=VISIT))[:2] == (404, "page_unknown")


def test_openapi_describes_what_is_taken_and_what_comes_back(hamlet, browse):
    document = browse(hamlet.site()).get("/api/v1/openapi.json").json()
    assert list(document["paths"]) == [PATH, CONTACTS, OPT_OUTS, READINGS]
    operation = document["paths"][PATH]["post"]
    assert sorted(operation["responses"]) == ["200", "201", "401", "403", "413", "422", "429"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["required"]) == set(VISIT)
    assert set(body["properties"]) == {*VISIT, "person"}
    assert body["additionalProperties"] is False
    assert body["properties"]["language"]["enum"] == ["zh", "en"]
    assert all("description" in each for each in body["properties"].values())
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert operation["security"] == [{"key": []}]
    schema = operation["responses"]["401"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/ErrorDocument"}


def test_times_are_read_as_moments_and_written_in_utc():
    assert read_time("2026-11-05T16:20:00+08:00") == read_time("2026-11-05t08:20:00z")
    assert read_time("2026-11-05T08:20:00.123456789Z") is not None
    moment = read_time("2026-11-05T16:20:00+08:00")
    assert isinstance(moment, datetime)
    assert written_time(moment) == "2026-11-05T08:20:00Z"
    assert written_time(NOW + timedelta(hours=1)) == "2026-11-06T04:30:00Z"
    assert read_time("9999-12-31T23:59:59-01:00") is None


# ── samples, and persons ───────────────────────────────────────────────────────────────────────────────────────────


def launches(town, fraction=Fraction(1, 2)):
    """A wave of November's outpatients."""
    plan = Plan(
        "十一月", ("outpatient", "1"), ("outpatient",), date(2026, 11, 1), date(2026, 11, 30), fraction=fraction
    )
    with town.database.transaction() as session:
        launch_wave(session, plan=plan, seed="5eed" * 16, new_id="w1", actor="person:chen", now=NOW)


def test_without_a_sample_the_answer_has_the_four_keys_and_no_other(town, his):
    launches(town, Fraction(1))
    assert set(reports(his).json()) == {"invitation", "web_url", "telegram_url", "expires_at"}


def test_a_visit_that_is_not_drawn_says_so_and_gets_no_link_then_or_later(town, his):
    launches(town)
    answers = {visit: reports(his, visit=visit) for visit in (f"v{n}" for n in range(20))}
    drawn = {visit for visit, answer in answers.items() if answer.status_code == 201}
    assert 0 < len(drawn) < 20
    for visit, answer in answers.items():
        if visit in drawn:
            assert set(answer.json()) == {"invitation", "web_url", "telegram_url", "expires_at"}
        else:
            expected = dict.fromkeys(("invitation", "web_url", "telegram_url", "expires_at"))
            assert (answer.status_code, answer.json()) == (200, expected | {"selected": False})
            assert reports(his, visit=visit).json() == answer.json()
    assert town.count(Invitation) == len(drawn)


def test_a_person_is_invited_once_and_the_reference_is_kept_nowhere(town, his):
    assert reports(his, person="330106199901011234").status_code == 201
    again = reports(his, visit="v2", person="330106199901011234")
    assert again.status_code == 200
    assert again.json()["invitation"] is not None
    assert (again.json()["web_url"], again.json()["telegram_url"]) == (None, None)
    assert reports(his, visit="v3", person="4711").status_code == 201
    assert town.count(Ticket) == 2
    with town.database.transaction() as session:
        for table in Base.metadata.sorted_tables:
            assert "330106199901011234" not in str(session.execute(select(table)).all())


@pytest.mark.parametrize("person", ["", "x" * 129, 4711, ["4711"]])
def test_a_person_that_is_no_reference_is_refused(hamlet, browse, person):
    his = browse(hamlet.site(), Authorization=f"Bearer {API_KEY}")
    assert refusal(his.post(PATH, json=VISIT | {"person": person}))[1:] == ("field_invalid", {"field": "person"})
    assert hamlet.count(Invitation) == 0


# ── whom to write to ───────────────────────────────────────────────────────────────────────────────────────────────


def asks(his, **more):
    return his.get(CONTACTS, params={"unit": "jia"} | more)


def test_contacts_are_due_two_days_after_the_discharge_and_their_links_open(town, his):
    reports(his, discharged_at="2026-11-03T10:00:00+08:00")
    reports(his, visit="v2")
    document = asks(his).json()
    assert (document["more"], document["quiet_until"]) == (False, None)
    [contact] = document["contacts"]
    assert set(contact) == {
        "invitation", "visit", "kind", "language", "occasion", "web_url", "telegram_url", "expires_at",
    }  # fmt: skip
    assert (contact["visit"], contact["kind"], contact["language"]) == (VISIT["visit"], "outpatient", "zh")
    assert (contact["occasion"], contact["expires_at"]) == ("first", "2026-12-15T02:00:00Z")
    ticket = contact["web_url"].removeprefix(f"{HERE}/s/")
    assert contact["telegram_url"] == f"https://t.me/tongping_bot?start={ticket}"
    his.opens(f"/s/{ticket}")
    assert his.status == 200
    assert asks(his).json() == {"contacts": [], "more": False, "quiet_until": None}
    assert town.audited("hand_out_links") == ["api:his"]


def test_reminders_come_days_later_with_other_links_and_only_to_who_has_not_answered(town, his):
    reports(his, discharged_at="2026-11-03T10:00:00+08:00")
    first = asks(his).json()["contacts"][0]
    town.now = NOW + timedelta(days=3)
    assert asks(his, occasion="first").json()["contacts"] == []
    [reminder] = asks(his, occasion="reminder").json()["contacts"]
    assert (reminder["invitation"], reminder["occasion"]) == (first["invitation"], "reminder")
    assert reminder["web_url"] != first["web_url"]
    with town.database.transaction() as session:
        note(session, invitation_id=first["invitation"], disposition="complete", now=town.now)
    town.now += timedelta(days=3)
    assert asks(his).json()["contacts"] == []


def test_who_sends_the_first_link_asks_for_reminders_alone(town, his):
    reports(his, discharged_at="2026-11-01T10:00:00+08:00")
    town.now = NOW + timedelta(days=1)
    assert asks(his, occasion="reminder").json()["contacts"] == []
    assert [each["occasion"] for each in asks(his, occasion="first").json()["contacts"]] == ["first"]


def test_a_page_is_bounded_and_says_that_there_is_more(town, his):
    for number in range(5):
        reports(his, visit=f"v{number}", discharged_at=f"2026-11-02T1{number}:00:00+08:00")
    pages = [asks(his, limit=2).json() for _ in range(4)]
    assert [[each["visit"] for each in page["contacts"]] for page in pages] == [["v0", "v1"], ["v2", "v3"], ["v4"], []]
    assert [page["more"] for page in pages] == [True, True, False, False]


def test_in_quiet_hours_nobody_is_given_out(town, his):
    reports(his, discharged_at="2026-11-03T10:00:00+08:00")
    town.now = NOW.replace(hour=13)  # nine in the evening in Shanghai
    assert asks(his).json() == {"contacts": [], "more": False, "quiet_until": "2026-11-07T00:00:00Z"}
    town.now = datetime(2026, 11, 7, tzinfo=UTC)
    assert len(asks(his).json()["contacts"]) == 1


def test_calls_at_the_same_moment_never_give_out_a_patient_twice(town, his):
    for number in range(10):
        reports(his, visit=f"v{number}", discharged_at="2026-11-03T10:00:00+08:00")
    answers = his.together(5, "GET", CONTACTS, params={"unit": "jia", "limit": 4})
    visits = [each["visit"] for answer in answers for each in answer.json()["contacts"]]
    assert len(visits) == len(set(visits))
    visits += [each["visit"] for each in asks(his).json()["contacts"]]
    assert sorted(visits) == [f"v{number}" for number in range(10)]


ODD = [
    ({}, 422, "field_missing", {"field": "unit"}),
    ({"unit": "yi"}, 403, "key_of_other_unit", {}),
    ({"unit": "jia", "occasion": "second"}, 422, "field_invalid", {"field": "occasion"}),
    ({"unit": "jia", "limit": "0"}, 422, "field_invalid", {"field": "limit"}),
    ({"unit": "jia", "limit": "201"}, 422, "field_invalid", {"field": "limit"}),
    ({"unit": "jia", "limit": "-1"}, 422, "field_invalid", {"field": "limit"}),
    ({"unit": "jia", "limit": "1e3"}, 422, "field_invalid", {"field": "limit"}),
    ({"unit": "jia", "limit": "٣"}, 422, "field_invalid", {"field": "limit"}),
    ({"unit": "jia", "limit": "9" * 400}, 422, "field_invalid", {"field": "limit"}),
    ({"unit": "jia", "offset": "5"}, 422, "unknown_field", {"field": "offset"}),
    ({"unit": ["jia", "yi"]}, 422, "field_twice", {"field": "unit"}),
]


@pytest.mark.parametrize(("parameters", "status", "code", "details"), ODD)
def test_odd_questions_are_refused_by_name_and_give_nobody_out(hamlet, browse, parameters, status, code, details):
    his = browse(hamlet.site(), Authorization=f"Bearer {API_KEY}")
    reports(his, discharged_at="2026-11-03T10:00:00+08:00")
    before = hamlet.everything()
    assert refusal(his.get(CONTACTS, params=parameters)) == (status, code, details)
    assert hamlet.everything() == before


def test_contacts_need_a_key(hamlet, browse):
    nobody = browse(hamlet.site())
    assert refusal(nobody.get(CONTACTS, params={"unit": "jia"}))[:2] == (401, "api_key_missing")
    nobody = browse(hamlet.site(), Authorization="Bearer wrong")
    assert refusal(nobody.get(CONTACTS, params={"unit": "jia"}))[:2] == (401, "api_key_unknown")


def test_openapi_describes_contacts(hamlet, browse):
    document = browse(hamlet.site()).get("/api/v1/openapi.json").json()
    operation = document["paths"][CONTACTS]["get"]
    assert sorted(operation["responses"]) == ["200", "401", "403", "422", "429"]
    assert [each["name"] for each in operation["parameters"]] == ["unit", "occasion", "limit"]
    assert operation["security"] == [{"key": []}]
    contact = document["components"]["schemas"]["Contact"]["properties"]
    assert set(contact) == {
        "invitation", "visit", "kind", "language", "occasion", "web_url", "telegram_url", "expires_at",
    }  # fmt: skip
