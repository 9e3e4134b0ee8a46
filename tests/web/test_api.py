"""`POST /api/v1/encounters`, as a hospital's system calls it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from consortium.links import token_hash
from locales.errors import DomainError, explain
from surveys.models import Invitation, Ticket
from tests.web.cast import API_KEY, HERE, NOW
from web.api import read_time, written_time

PATH = "/api/v1/encounters"
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
    assert list(document["paths"]) == [PATH]
    operation = document["paths"][PATH]["post"]
    assert sorted(operation["responses"]) == ["200", "201", "401", "403", "413", "422", "429"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["required"]) == set(VISIT)
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
