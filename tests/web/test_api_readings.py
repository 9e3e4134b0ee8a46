"""Figures from a unit's systems: exact, all or nothing, marked as such; every other request changes nothing."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from sqlalchemy import select

from consortium.people import actor_of
from evaluation.entries import correct_reading
from evaluation.models import LateReading, Reading, ReadingStratum
from evaluation.schemes import apply_scheme
from tests.evaluation.cast import OCTOBER, example
from tests.web.cast import API_KEY, LONG_AGO, Town

PATH = "/api/v1/readings"
RATE = {"period": "2026-10", "indicator": "down_referral", "numerator": 81, "denominator": 600}
COUNT = {"period": "2026-10", "indicator": "expert_sessions", "value": "20.5"}


@pytest.fixture
def ready(hamlet: Town) -> Town:
    with hamlet.database.transaction() as session:
        apply_scheme(session, document=example(), now=LONG_AGO)
    return hamlet


@pytest.fixture
def his(ready, browse):
    return browse(ready.site(), Authorization=f"Bearer {API_KEY}")


def sends(browser, *readings, unit="jia"):
    return browser.post(PATH, json={"unit": unit, "readings": list(readings)})


def kept(town):
    with town.database.transaction() as session:
        rows = session.scalars(select(Reading).order_by(Reading.indicator))
        return [(row.scope, row.indicator, str(row.value), row.origin, row.recorded_by) for row in rows]


def findings(answer):
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["code"] == "readings_refused"
    assert len(error["details"]["findings"]) == error["details"]["count"]
    return [(place, code) for place, code, _ in error["details"]["findings"]]


def test_figures_are_taken_and_marked_as_from_a_system(ready, his):
    answer = sends(his, RATE, COUNT)
    assert (answer.status_code, answer.json()) == (200, {"recorded": 2, "corrected": 0, "late": 0})
    assert kept(ready) == [
        ("jia", "down_referral", "27/2", "auto", "api:his"),
        ("jia", "expert_sessions", "41/2", "auto", "api:his"),
    ]
    assert sends(his, RATE, COUNT).json() == {"recorded": 0, "corrected": 0, "late": 0}
    assert sends(his, RATE | {"numerator": 80}).json() == {"recorded": 0, "corrected": 1, "late": 0}
    assert kept(ready)[0][2] == "40/3"


@pytest.mark.parametrize(
    ("number", "exact"),
    [("0.1", "1/10"), ("12345678901234567.123456789012", "3086419725308641780864197253/250000000000"), ("-3", "-3")],
)
def test_numbers_lose_nothing_on_the_way(ready, his, number, exact):
    body = f'{{"unit":"jia","readings":[{{"period":"2026-10","indicator":"average_stay","value":{number}}}]}}'
    answer = his.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert kept(ready)[0][2] == exact


def test_strata_of_a_figure_add_up(ready, his):
    parts = [RATE | {"numerator": 1, "denominator": 4, "stratum": each} for each in ("a", "b")]
    assert sends(his, *parts).json()["recorded"] == 1
    assert (kept(ready)[0][2], ready.count(ReadingStratum)) == ("25", 2)


def test_one_bad_figure_and_none_is_taken(ready, his):
    bad = [
        RATE | {"indicator": "nothing"},
        RATE | {"numerator": None},
        COUNT | {"value": "1e3"},
        COUNT | {"value": None},
    ]
    answer = sends(his, RATE, *bad)
    assert findings(answer) == [
        ("1, indicator", "reading_indicator_unknown"),
        ("2, numerator", "reading_pair_incomplete"),
        ("3, value", "reading_number"),
        ("4, value", "reading_value_missing"),
    ]
    assert all(sentence for _, _, sentence in answer.json()["error"]["details"]["findings"])
    assert kept(ready) == []
    assert findings(sends(his, RATE, RATE)) == [("1, unit", "reading_twice")]


def test_late_figures_are_counted_as_such(hamlet, browse):
    his = browse(hamlet.has_a_season().site(), Authorization=f"Bearer {API_KEY}")
    assert sends(his, RATE).json() == {"recorded": 0, "corrected": 0, "late": 0}  # as it was settled
    assert sends(his, RATE | {"numerator": 90, "denominator": 650}).json() == {"recorded": 0, "corrected": 0, "late": 1}
    assert hamlet.one(LateReading).origin == "auto"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"unit": "yi"}, 403, "key_of_other_unit"),
        ({"readings": []}, 422, "field_invalid"),
        ({"readings": None}, 422, "field_invalid"),
        ({"readings": [RATE | {"origin": "typed"}]}, 422, "field_invalid"),
        ({"approved": True}, 422, "unknown_field"),
        ({"readings": [RATE | {"numerator": True}]}, 422, "field_invalid"),
        ({"readings": [{"period": "2026-10"}]}, 422, "field_invalid"),
    ],
)
def test_other_requests_change_nothing(ready, his, change, status, code):
    answer = his.post(PATH, json={"unit": "jia", "readings": [RATE]} | change)
    assert (answer.status_code, answer.json()["error"]["code"]) in {(status, code), (422, "unknown_field"),
                                                                    (422, "field_missing")}  # fmt: skip
    assert answer.status_code == status
    assert kept(ready) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"unit":"jia","readings":[{"value":NaN}]}', b'{"unit":"jia","unit":"yi","readings":[]}',
     b"[" * 100_000, b"\xff", json.dumps({"unit": "jia", "readings": ["x"]}).encode()],
)  # fmt: skip
def test_what_is_no_such_document_is_refused(ready, his, content):
    answer = his.post(PATH, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert kept(ready) == []


def test_key_is_looked_at_first_and_the_body_has_an_end(ready, browse):
    bare = browse(ready.site())
    assert sends(bare, RATE).json()["error"]["code"] == "api_key_missing"
    wrong = browse(ready.site(), Authorization="Bearer nothing")
    assert (sends(wrong, RATE).status_code, kept(ready)) == (401, [])
    his = browse(ready.site(), Authorization=f"Bearer {API_KEY}")
    large = his.post(PATH, content=b" " * (1024 * 1024 + 1), headers={"Content-Type": "application/json"})
    assert large.status_code == 413


def test_document_describes_the_request(ready, browse):
    document = browse(ready.site()).get("/api/v1/openapi.json").json()
    described = document["paths"][PATH]["post"]
    assert set(described["responses"]) >= {"200", "401", "403", "413", "422"}
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["required"]) == {"unit", "readings"}


def test_system_does_not_undo_what_a_person_has_corrected(ready, his):
    """A feed that runs every night would bring the wrong figure back every night."""
    sends(his, RATE, COUNT)
    with ready.database.transaction() as session:
        correct_reading(session, scope="jia", period=OCTOBER, indicator="down_referral",
                        figure=(Fraction(60), Fraction(600), Fraction(10)),
                        reason="同一批患者报了两次", actor=actor_of(session, "chen"), now=ready.now)  # fmt: skip
    assert findings(sends(his, RATE, COUNT | {"value": "21"})) == [("0, period", "reading_corrected_by_hand")]
    assert [each[2] for each in kept(ready)] == ["10", "41/2"]
    assert sends(his, COUNT | {"value": "21"}).json() == {"recorded": 0, "corrected": 1, "late": 0}
