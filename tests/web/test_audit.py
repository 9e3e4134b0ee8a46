"""The audit trail on the desk: found by person, action, subject and day; for office and auditors; taken out as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from storage.audit import AuditRow, record
from tests.web.cast import NOW, signed_in


def notes(town, *rows, now=NOW):
    with town.database.transaction() as session:
        for actor, action, subject in rows:
            record(session, actor=actor, action=action, subject=subject, now=now, details={"secret": "geheim"})


def shown(browser, query=""):
    page = browser.opens(f"/office/audit{query}")
    return [[cell.text for cell in row.every("td")] for row in page.every("tr")][1:]


@pytest.fixture
def chen(town, browse):
    with town.database.transaction() as session:
        session.query(AuditRow).delete()
    return signed_in(browse(town.site()), town, "chen")


@pytest.mark.parametrize(("person", "status"), [("chen", 200), ("gao", 200), ("sun", 403), ("li", 403), ("he", 403)])
def test_office_and_auditors_read_it(hamlet, browse, person, status):
    assert signed_in(browse(hamlet.site()), hamlet, person).get("/office/audit").status_code == status
    assert browse(hamlet.site()).get("/office/audit").status_code == 401


def test_found_by_person_action_subject_and_day(town, chen):
    notes(
        town, ("person:li", "cast_ballot", "2026-10"), ("schedule", "note_run", "open:x"), now=NOW - timedelta(days=3)
    )
    notes(town, ("person:chen", "propose_bulletin", "bulletin:1"), ("person:chen", "release_bulletin", "bulletin:11"))
    notes(town, ("person:chenx", "release_bulletin", "bulletin:2"), ("api:his", "invite", "invitation:geheim"))
    acts = [line[2] for line in shown(chen, "?actor=person:chen")]
    assert acts == ["发布简报", "提议发布简报", "登录网页", "登录"]
    assert [line[3] for line in shown(chen, "?subject=bulletin:1")] == ["简报 11", "简报 1"]
    assert len(shown(chen, "?action=release_bulletin")) == 2
    before = (NOW - timedelta(days=3)).date().isoformat()
    assert [line[1] for line in shown(chen, f"?until={before}")] == ["定时任务", "李敏"]
    assert len(shown(chen, f"?since={before}&until={before}&action=note_run")) == 1


def test_nothing_is_found_by_what_is_not_shown(town, chen):
    """Names of rows about patients, and details, are neither shown nor searched."""
    notes(town, ("patient", "send_response", "response:r-geheim"), ("api:his", "invite", "invitation:i-geheim"))
    assert "geheim" not in chen.opens("/office/audit").text
    for query in ("response:r-geheim", "response:", "invitation:i", "r-geheim", "geheim", "%", "_esponse"):
        assert shown(chen, f"?subject={query.replace('%', '%25')}") == [], query
    assert len(shown(chen, "?actor=patient")) == 1


def test_page_by_page_and_each_row_once(town, chen):
    notes(town, *[("command_line", "invite", f"wave:{number}") for number in range(120)])
    seen, query = [], "?action=invite"
    for _ in range(3):
        seen += [line[3] for line in shown(chen, query)]
        links = [link.attributes.get("href", "") for link in chen.opens(f"/office/audit{query}").every("a")]
        older = [link for link in links if "before=" in link and "language=" not in link]
        query = older[0].removeprefix("/office/audit") if older else ""
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("query", ["since=gestern", "until=2026-13-01", "before=x", "before=-1", "before=99999999999999999999", "subject=" + "x" * 121, "actor=%00"])  # fmt: skip
def test_search_that_makes_no_sense_is_refused_in_a_sentence(hamlet, browse, query):
    browser = signed_in(browse(hamlet.site()), hamlet, "chen")
    assert browser.get(f"/office/audit?{query}").status_code == 409


def test_hostile_names_are_text(town, chen):
    notes(town, ("api:<script>x</script>", "<b>odd</b>", "wave:=cmd()"))
    page = chen.opens("/office/audit")
    assert page.one("table").every("script") == []
    assert shown(chen)[0][2] == "<b>odd</b>"


def test_export_is_the_search_as_a_file_and_on_record(town, chen):
    notes(town, ("person:li", "=HYPERLINK()", "2026-10"), ("patient", "send_response", "response:geheim"))
    page = chen.opens("/office/audit")
    token = next(field["value"] for field in page.every("input", name="csrf") if field.attributes.get("value"))
    fields = {"csrf": token, "actor": "", "action": "", "subject": "", "since": "", "until": ""}
    answer = chen.post("/office/audit/export", fields)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "geheim" not in answer.text
    assert any(row["action"] == "'=HYPERLINK()" for row in rows)
    assert town.audited("export_audit") != []
    assert chen.post("/office/audit/export", fields | {"csrf": "x"}).status_code == 403
