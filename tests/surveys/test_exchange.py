"""The door: any file is answered, soon, and whoever asks survives it."""

from __future__ import annotations

import json
import random
import time

import pytest
from structlog.testing import capture_logs

from surveys import exchange
from surveys.exchange import LARGEST_FILE, read_questionnaire, read_response
from surveys.refusals import Checked
from tests.consortium.workbooks import with_rows, xlsx
from tests.surveys.test_forms import SHEETS, TOML

CPU_SECONDS = 2.0


def refused(content: bytes, name: str = "form") -> list[tuple[str | None, str]]:
    checked = read_questionnaire(content, name=name)
    assert checked.questionnaire is None
    return [(each.link_id, each.code) for each in checked.refusals]


def test_a_form_comes_through_the_door_as_it_is():
    form = read_questionnaire(xlsx(**SHEETS), name="ward.xlsx").questionnaire
    assert (form.id, form.version, form.languages, len(form.questions)) == ("ward", "7", ("zh", "en"), 7)
    assert read_questionnaire(TOML.encode(), name="ward.toml") == exchange.read_questionnaire(TOML.encode(), name="x")


def test_refusals_come_through_with_their_reasons():
    checked = read_questionnaire(xlsx(survey=[["type", "name"], ["geopoint", "here"]]), name="f.xlsx")
    [refusal] = checked.refusals
    assert (refusal.link_id, refusal.feature) == ("survey!A2", "geopoint")
    assert "geopoint" in refusal.reason("en")


def items(count: int, **said) -> str:
    each = [{"linkId": str(place), "type": "string", "text": "?", **said} for place in range(count)]
    return json.dumps({"resourceType": "Questionnaire", "status": "active", "item": each})


DEEP_ITEMS = '{"resourceType":"Questionnaire","item":[' + '{"linkId":"a","type":"group","item":[' * 100_000
VALUE_SET = {
    "resourceType": "ValueSet",
    "id": "v",
    "compose": {"include": [{"system": "http://x.y", "concept": [{"code": str(n)} for n in range(2000)]}]},
}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("[" * LARGEST_FILE, id="eight megabytes of brackets"),
        pytest.param("[" * 5000 + "]" * 5000, id="five thousand levels"),
        pytest.param("[" + "1," * 1_000_000 + "1]", id="a million entries"),
        pytest.param('{"a":' * 500_000, id="objects without end"),
        pytest.param('{"resourceType": "Questionnaire", "title": "' + "x" * 8_000_000 + '"}', id="one enormous text"),
        pytest.param("[" + "9" * 8_000_000 + "]", id="one enormous number"),
        pytest.param(items(100_000), id="a hundred thousand items"),
        pytest.param(items(4900, type="choice", answerValueSet="#v").replace("{", '{"contained":[' + json.dumps(VALUE_SET) + "],", 1), id="a list of options asked thousands of times"),
        pytest.param(DEEP_ITEMS, id="items in items in items"),
        pytest.param("a = " + "[" * 5_000_000, id="toml brackets"),
        pytest.param("a" + ".a" * 30_000 + " = 1", id="a dotted key that costs its square"),
        pytest.param("a = " + "9" * 5_000_000, id="an enormous toml number"),
        pytest.param(with_rows(b"".join(b'<row r="%d"/>' % row for row in range(1, 1_000_000))), id="a million rows"),
        pytest.param(with_rows(b"<row>" * 1_000_000), id="rows in rows"),
        pytest.param(b"PK\x03\x04" + random.Random(1).randbytes(1_000_000), id="noise that begins like an archive"),
        pytest.param(random.Random(2).randbytes(1_000_000), id="noise"),
        pytest.param(bytes(LARGEST_FILE), id="noughts"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_and_costs_little(content):
    began = time.process_time()
    found = refused(content if isinstance(content, bytes) else content.encode())
    assert found
    assert {code for _, code in found} & {"document_not_read"} == set()
    assert time.process_time() - began < CPU_SECONDS  # of ours; the kernel counts the confined process


def test_a_file_beyond_the_limit_is_refused_unread():
    assert refused(bytes(LARGEST_FILE + 1)) == [(None, "file_too_large")]


@pytest.mark.parametrize(
    "name", ["", "-c", "--help", "\0", "a\nb", "x" * 10_000, "表单.toml", "../../etc/passwd", "\udcff"]
)
def test_any_name_will_do(name):
    assert read_questionnaire(TOML.encode(), name=name).questionnaire.id == "ward"


def test_a_fault_of_ours_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(exchange, "_PROGRAM", "surveys.no_such_program")
    with capture_logs() as logs:
        assert refused(TOML.encode()) == [(None, "document_not_read")]
    assert [entry["event"] for entry in logs] == ["confined.failed"]


def test_a_form_cut_off_anywhere_never_raises():
    chance = random.Random(4)
    for content in (TOML.encode(), xlsx(**SHEETS), items(3).encode()):
        for _ in range(4):
            checked = read_questionnaire(content[: chance.randrange(len(content))], name="cut")
            assert isinstance(checked, Checked)
            assert (checked.questionnaire is None) == bool(checked.refusals)


# --- responses -----------------------------------------------------------------------------------------------------


def test_a_response_is_any_json():
    assert read_response('\ufeff{"resourceType": "QuestionnaireResponse"}'.encode()) == (
        {"resourceType": "QuestionnaireResponse"},
        None,
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"<QuestionnaireResponse/>", "file_is_xml"),
        (b"\xff\xfe{", "file_utf16"),
        (b"\xe9", "file_not_utf8"),
        (b'{"a": 1, "a": 2}', "json_key_twice"),
        (b"id = 3", "json_malformed"),
        (b"PK\x03\x04", "json_malformed"),
        (bytes(LARGEST_FILE + 1), "file_too_large"),
        (b"[" * 100_000, "document_too_deep"),
    ],
)
def test_a_response_that_cannot_be_read_is_refused(content, code):
    document, refusal = read_response(content)
    assert (document, refusal.code, refusal.link_id) == (None, code, None)
    assert refusal.reason("zh") != refusal.reason("en")
