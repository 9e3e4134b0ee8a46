"""The panel's pages: an expert marks, a unit hands evidence in, the office opens and closes; everybody else is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consortium.models import Chat, Role
from consortium.periods import Period
from evaluation.scorecards import settle_period
from locales.errors import DomainError, explain
from outbox.models import Delivery
from reviews import panel_evidence as evidence_rules
from reviews.ballot_store import stored_ballots
from reviews.panel_models import EvidenceFile, Panel, PanelTask
from reviews.panel_rounds import close_panel
from reviews.sealing import receipt_of, unseal
from scheduler.panel_counting import run_panel_count
from storage.audit import AuditRow
from tests.panel_town import CORE, found_panel_town, marks_everything, open_panel_in, panel_keys
from tests.reviews.evidence_files import DOCX, PDF, PNG
from tests.web.cast import LONG_AGO, Town, signed_in
from web.panel_evidence import LONGEST_EVIDENCE_BODY

NOVEMBER = Period(2026, month=11)
STORE = "ballots_panel_2026_11"
EVIDENCE, OFFICE = "/panel/evidence", "/office/panel"


@pytest.fixture
def panel_town(database) -> Town:
    with database.transaction() as session:
        found_panel_town(session, LONG_AGO)
    return Town(database)


@pytest.fixture
def opened(panel_town) -> Town:
    with panel_town.database.transaction() as session:
        open_panel_in(session, NOVEMBER, panel_town.now, panel_town.now + timedelta(days=9))
    return panel_town


def task(town, person, unit="jia") -> int:
    return town.one(PanelTask, PanelTask.person_id == person, PanelTask.unit_code == unit).id


def ballots(town) -> list[tuple[str, str, str]]:
    with town.database.transaction() as session:
        contents = [unseal(panel_keys()[0], each) for each in stored_ballots(session, STORE)]
    return sorted((content.rater, content.target, content.marks) for content in contents)


def uploads(browser, **more):
    fields = {"unit": "jia", "period": "2026-11", "indicator": CORE} | more
    name, content = fields.pop("name", "章程.pdf"), fields.pop("content", PDF)
    fields["csrf"] = browser.page.every("input", name="csrf")[0]["value"]
    return browser.request("POST", EVIDENCE, data=fields, files={"file": (name, content)})


# --- marking


def test_an_expert_comes_to_the_list_of_units(opened, browse):
    an = signed_in(browse(opened.site()), opened, "an")
    assert (an.path, an.heading) == ("/panel", "专家评分")
    names = [each.text for each in an.page.every("li", class_="card")]
    assert names == ["人民医院 未评 评分 人民医院", "二院 未评 评分 二院"]
    assert "已完成 0 / 2 家" in an.page.text
    assert "截止：2026-11-15 11:30" in an.page.text


def test_an_expert_does_not_see_the_own_unit(opened, browse):
    du = signed_in(browse(opened.site()), opened, "du")
    du.opens("/panel")
    assert [each.text for each in du.page.every("li", class_="card")] == ["人民医院 未评 评分 人民医院"]


def test_marks_are_sealed_and_the_receipt_is_shown_once(opened, browse):
    an = signed_in(browse(opened.site()), opened, "an")
    path = f"/panel/{task(opened, 'an')}"
    an.opens(path)
    assert an.heading == "人民医院"
    assert [each["value"] for each in an.page.every("input", type="radio")] == ["1", "2", "3", "4", "5", "-"]
    an.sends(path, change={f"m.{CORE}": "4"})
    receipt = an.page.one("p", class_="receipt").text
    assert (an.status, an.heading) == (200, "已封存")
    with opened.database.transaction() as session:
        assert [receipt_of(each) for each in stored_ballots(session, STORE)] == [receipt]
    assert ballots(opened) == [("an", "jia", "4")]
    assert an.page.one("a", class_="primary").text == "下一家：二院"
    an.opens("/panel")
    assert receipt not in an.response.text
    an.opens(path)
    assert "您已提交过" in an.page.text
    assert [each for each in an.page.every("input", type="radio") if "checked" in each.attributes] == []


def test_no_basis_is_an_answer(opened, browse):
    an = signed_in(browse(opened.site()), opened, "an")
    path = f"/panel/{task(opened, 'an')}"
    an.opens(path)
    an.sends(path, change={f"m.{CORE}": "-"})
    assert ballots(opened) == [("an", "jia", "-")]


def test_a_gap_is_asked_for_again(opened, browse):
    an = signed_in(browse(opened.site()), opened, "an")
    path = f"/panel/{task(opened, 'an')}"
    an.opens(path)
    an.sends(path)
    assert an.status == 422
    assert an.page.one("p", class_="alert").text.startswith("还有指标没有选择")
    assert ballots(opened) == []


def test_a_form_sent_twice_is_one_ballot(opened, browse):
    an = signed_in(browse(opened.site()), opened, "an")
    path = f"/panel/{task(opened, 'an')}"
    an.opens(path)
    fields = {"csrf": an.page.every("input", name="csrf")[0]["value"], "casts": "0", f"m.{CORE}": "5"}
    assert (an.post(path, fields).status_code, an.post(path, fields).status_code) == (200, 409)
    assert ballots(opened) == [("an", "jia", "5")]
    assert an.post(path, fields | {"casts": "1", f"m.{CORE}": "2"}).status_code == 200
    assert len(ballots(opened)) == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({f"m.{CORE}": "6"}, 409), ({f"m.{CORE}": ""}, 409), ({f"m.{CORE}": ["4", "5"]}, 422), ({"m.other": "4"}, 422),
        ({"casts": "x"}, 400), ({"casts": "-1"}, 400), ({"casts": "９"}, 400), ({"more": "1"}, 422), ({"csrf": "x"}, 403),
    ],
)  # fmt: skip
def test_what_no_form_sends_is_refused_and_no_mark_comes_back(opened, browse, change, status):
    an = signed_in(browse(opened.site()), opened, "an")
    path = f"/panel/{task(opened, 'an')}"
    an.opens(path)
    fields = {"csrf": an.page.every("input", name="csrf")[0]["value"], "casts": "0", f"m.{CORE}": "4"} | change
    if "m.other" in change:
        del fields[f"m.{CORE}"]
    assert an.post(path, fields).status_code == status
    assert "checked" not in an.response.text
    assert ballots(opened) == []


def test_another_experts_task_is_like_none_at_all(opened, browse):
    an = signed_in(browse(opened.site()), opened, "an")
    answers = [an.get(f"/panel/{number}") for number in (task(opened, "bo"), 10**6, 2**40)]
    assert {each.status_code for each in answers} == {404}
    assert len({each.text.replace(str(each.url.path), "") for each in answers}) == 1


def test_an_expert_who_joined_the_unit_is_told_why(opened, browse):
    with opened.database.transaction() as session:
        session.add(Role(person_id="an", role="staff", unit_code="jia"))
    an = signed_in(browse(opened.site()), opened, "an")
    assert an.get(f"/panel/{task(opened, 'an')}").status_code == 403
    assert explain("zh", DomainError("expert_of_unit", unit="jia")) in an.response.text


def test_after_the_closing_time_there_is_nothing_to_mark(opened, browse):
    opened.now += timedelta(days=9)
    an = signed_in(browse(opened.site()), opened, "an")
    an.opens("/panel")
    assert an.page.one("p", class_="card").text == "现在没有开放的专家评分。"
    an.get(f"/panel/{task(opened, 'an')}")
    assert an.status == 409
    assert "2026-11-15 11:30" in an.response.text


@pytest.mark.parametrize("person", ["chen", "li", "gao", "sun"])
def test_nobody_else_marks(opened, browse, person):
    other = signed_in(browse(opened.site()), opened, person)
    assert other.get("/panel").status_code == 403
    assert other.get(f"/panel/{task(opened, 'an')}").status_code == 403


def test_without_signing_in_there_is_nothing(opened, browse):
    browser = browse(opened.site())
    for path in ("/panel", f"/panel/{task(opened, 'an')}", EVIDENCE, f"{EVIDENCE}/x", OFFICE):
        assert browser.get(path).status_code == 401, path


def test_the_page_speaks_english(opened, browse):
    bo = signed_in(browse(opened.site()), opened, "bo")
    bo.opens("/panel?language=en")
    assert bo.heading == "Expert panel"
    bo.opens(f"/panel/{task(opened, 'bo')}")
    assert "No basis to judge" in bo.page.text


# --- evidence


def test_a_unit_hands_a_file_in_and_the_expert_gets_it(panel_town, browse):
    li = signed_in(browse(panel_town.site()), panel_town, "li")
    li.opens(EVIDENCE)
    assert "人民医院 · 2026-11" in li.page.text
    answer = uploads(li, name='a"\r\nX: y/章程 <b>.pdf')
    assert (answer.status_code, answer.headers["location"]) == (303, f"{EVIDENCE}?unit=jia&period=2026-11&done=yes")
    li.opens(answer.headers["location"])
    assert li.page.one("p", class_="good").text == "材料已收到。"
    with panel_town.database.transaction() as session:
        open_panel_in(session, NOVEMBER, panel_town.now)
    an = signed_in(browse(panel_town.site()), panel_town, "an")
    an.opens(f"/panel/{task(panel_town, 'an')}")
    link = an.page.one("div", class_="panel-files").one("a")
    assert link.text == "章程 b.pdf"
    file = an.get(link["href"])
    assert file.content == PDF
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["cache-control"] == "no-store"
    assert file.headers["content-disposition"] == (
        "attachment; filename=\"evidence.pdf\"; filename*=UTF-8''%E7%AB%A0%E7%A8%8B%20b.pdf"
    )


def test_a_file_is_nobody_elses(panel_town, browse):
    li = signed_in(browse(panel_town.site()), panel_town, "li")
    li.opens(EVIDENCE)
    uploads(li)
    path = f"{EVIDENCE}/{panel_town.one(EvidenceFile).id}"
    answers = {}
    for person in ("chen", "li", "an", "wang", "gao", "sun"):
        browser = signed_in(browse(panel_town.site()), panel_town, person)
        answers[person] = browser.get(path).status_code
    assert answers == {"chen": 200, "li": 200, "an": 200, "wang": 404, "gao": 404, "sun": 404}
    du = signed_in(browse(panel_town.site()), panel_town, "du")
    assert du.get(path).status_code == 200  # of Yi's staff: Jia's files are for the panel
    chen = signed_in(browse(panel_town.site()), panel_town, "chen")
    chen.opens(f"{EVIDENCE}?unit=yi")
    uploads(chen, unit="yi", content=PNG)
    of_yi = panel_town.one(EvidenceFile, EvidenceFile.unit_code == "yi").id
    assert du.get(f"{EVIDENCE}/{of_yi}").status_code == 404


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"content": b""}, "evidence_empty"),
        ({"content": b"MZ\x90", "name": "x.pdf"}, "evidence_type_unknown"),
        ({"content": b"<svg onload=alert(1)>", "name": "x.png"}, "evidence_type_unknown"),
        ({"indicator": "down_referral"}, "evidence_indicator_unknown"),
    ],
)
def test_what_is_not_taken_is_said_on_the_page(panel_town, browse, more, code):
    li = signed_in(browse(panel_town.site()), panel_town, "li")
    li.opens(EVIDENCE)
    assert uploads(li, **more).status_code == 409
    assert li.page.one("p", class_="alert").text == explain("zh", DomainError(code))
    assert panel_town.count(EvidenceFile) == 0


def test_a_file_that_is_too_large_is_refused_before_it_is_read(panel_town, browse):
    li = signed_in(browse(panel_town.site()), panel_town, "li")
    li.opens(EVIDENCE)
    assert uploads(li, content=PDF.ljust(evidence_rules.LARGEST_EVIDENCE + 1)).status_code == 409
    assert uploads(li, content=PDF.ljust(LONGEST_EVIDENCE_BODY)).status_code == 413
    li.opens(EVIDENCE)
    assert uploads(li, content=PDF.ljust(evidence_rules.LARGEST_EVIDENCE)).status_code == 303
    assert panel_town.count(EvidenceFile) == 1


@pytest.mark.parametrize(("more", "status"), [({"unit": "yi"}, 404), ({"unit": "../x"}, 400), ({"period": "x"}, 400)])
def test_another_unit_or_month_is_refused(panel_town, browse, more, status):
    li = signed_in(browse(panel_town.site()), panel_town, "li")
    li.opens(EVIDENCE)
    assert uploads(li, **more).status_code == status
    assert panel_town.count(EvidenceFile) == 0
    assert li.get(f"{EVIDENCE}?unit=yi").status_code == 404


def test_the_twenty_first_file_is_refused(panel_town, browse, monkeypatch):
    monkeypatch.setattr(evidence_rules, "MOST_FILES", 1)
    li = signed_in(browse(panel_town.site()), panel_town, "li")
    li.opens(EVIDENCE)
    assert (uploads(li).status_code, uploads(li.opens(EVIDENCE) and li, content=DOCX).status_code) == (303, 409)
    assert panel_town.count(EvidenceFile) == 1


def test_a_file_is_taken_back_until_the_panel_opens(panel_town, browse):
    li = signed_in(browse(panel_town.site()), panel_town, "li")
    li.opens(EVIDENCE)
    uploads(li)
    li.opens(EVIDENCE)
    path = f"{EVIDENCE}/{panel_town.one(EvidenceFile).id}"
    with panel_town.database.transaction() as session:
        open_panel_in(session, NOVEMBER, panel_town.now)
    li.sends(path)
    assert (li.status, li.page.one("p", class_="alert").text) == (
        409, explain("zh", DomainError("evidence_frozen", period="2026-11")),
    )  # fmt: skip
    assert [each for each in li.page.every("form") if each["action"] == path] == []
    assert panel_town.count(EvidenceFile) == 1


def test_taking_back_removes_the_file(panel_town, browse):
    li = signed_in(browse(panel_town.site()), panel_town, "li")
    li.opens(EVIDENCE)
    uploads(li)
    li.opens(EVIDENCE)
    li.sends(f"{EVIDENCE}/{panel_town.one(EvidenceFile).id}")
    assert li.page.one("p", class_="good").text == "材料已撤回。"
    assert panel_town.count(EvidenceFile) == 0


def test_experts_and_auditors_hand_nothing_in(panel_town, browse):
    for person in ("an", "gao", "sun"):
        assert signed_in(browse(panel_town.site()), panel_town, person).get(EVIDENCE).status_code == 403


def test_settled_and_closed_months_take_no_file(opened, browse):
    with opened.database.transaction() as session:
        settle_period(session, period=NOVEMBER.previous(), actor="person:chen", now=opened.now)
        close_panel(session, period=NOVEMBER, actor="person:chen", now=opened.now)
    li = signed_in(browse(opened.site()), opened, "li")
    li.opens(f"{EVIDENCE}?period=2026-10")
    assert "2026-10 已结算，不再接收材料。" in li.page.text
    li.opens(EVIDENCE)
    assert "2026-11 的专家评分已截止，不再接收材料。" in li.page.text
    assert li.page.every("input", type="file") == []


# --- the office


def test_the_office_opens_and_closes_a_panel(panel_town, browse):
    chen = signed_in(browse(panel_town.site()), panel_town, "chen")
    chen.opens(OFFICE)
    assert "安宁" in chen.page.text
    assert "核心制度落实率（至少 3 位专家，2 家单位）" in chen.page.text
    chen.sends(OFFICE, change={"closes_at": "2026-11-20T18:00", "act": "open"})
    assert chen.page.one("p", class_="good").text == "专家评分已开放。"
    panel = panel_town.one(Panel)
    assert (panel.state, panel.closes_at.isoformat()) == ("open", "2026-11-20T10:00:00+00:00")
    assert "0 / 4 位专家已完成" in chen.page.text
    chen.sends(OFFICE, change={"act": "close"})
    assert "已截止，等待计票" in chen.page.text
    assert panel_town.audited("open_panel") + panel_town.audited("close_panel") == ["person:chen"] * 2


@pytest.mark.parametrize("written", ["tomorrow", "2026-11-31T10:00", "2026-11-05T10:00", "2026-13-01T10:00"])
def test_a_closing_time_that_is_none_or_over_is_refused(panel_town, browse, written):
    chen = signed_in(browse(panel_town.site()), panel_town, "chen")
    chen.opens(OFFICE)
    chen.sends(OFFICE, change={"closes_at": written, "act": "open"})
    assert chen.status == 409
    assert chen.page.one("p", class_="alert").text
    assert panel_town.count(Panel) == 0


@pytest.mark.parametrize("person", ["gao", "sun"])
def test_committee_and_auditors_look_only(opened, browse, person):
    other = signed_in(browse(opened.site()), opened, person)
    other.opens(OFFICE)
    assert [each for each in other.page.every("form") if each["action"] == OFFICE] == []
    token = other.page.every("input", name="csrf")[0]["value"]
    fields = {"csrf": token, "period": "2026-11", "act": "close", "closes_at": ""}
    assert other.post(OFFICE, fields).status_code == 403
    assert opened.one(Panel).state == "open"


@pytest.mark.parametrize("person", ["li", "an"])
def test_others_do_not_look(opened, browse, person):
    assert signed_in(browse(opened.site()), opened, person).get(OFFICE).status_code == 403


def test_the_office_sees_who_is_done_and_no_mark(opened, browse):
    """Every byte of the page is the same whatever the marks were."""
    seen = []
    for mark in "15-":
        with opened.database.transaction() as session:
            marks_everything(session, NOVEMBER, "an", mark, opened.now)
        chen = signed_in(browse(opened.site()), opened, "chen")
        chen.opens(OFFICE)
        assert "1 / 4 位专家已完成" in chen.page.text
        token = chen.page.every("input", name="csrf")[0]["value"]
        seen.append(chen.response.text.replace(token, ""))
    assert seen == [seen[0]] * 3


def test_after_the_count_the_lists_are_public(opened, browse):
    receipts = []
    with opened.database.transaction() as session:
        for person in ("an", "bo", "cao"):
            receipts += marks_everything(session, NOVEMBER, person, "4", opened.now)
    browser = browse(opened.site())
    assert browser.get("/panel/receipts/2026-11.txt").status_code == 404
    with opened.database.transaction() as session:
        close_panel(session, period=NOVEMBER, actor="person:chen", now=opened.now)
    run_panel_count(opened.database, period=NOVEMBER, private_key=panel_keys()[0], actor="x", clock=lambda: opened.now)
    lists = browser.get("/panel/receipts/2026-11.txt").text
    assert [line for line in lists.splitlines() if "-" in line[:6]] == sorted(receipts)
    chen = signed_in(browse(opened.site()), opened, "chen")
    chen.opens(OFFICE)
    assert "计入 6 张，作废 0 张；2 / 2 个结果达到人数。" in chen.page.text
    assert opened.one(Panel).root in chen.page.text
    for path in ("/panel/receipts/2026-1.txt", "/panel/receipts/x.txt", "/panel/receipts/2026-11x.txt"):
        assert browser.get(path).status_code == 404


def test_nothing_about_a_file_or_a_mark_is_in_the_audit(opened, browse):
    li = signed_in(browse(opened.site()), opened, "li")
    li.opens(EVIDENCE)
    uploads(li, name="very-secret-name.pdf")
    with opened.database.transaction() as session:
        rows = session.scalars(select(AuditRow)).all()
    assert not [row for row in rows if "secret-name" in str(row.details) + row.subject]


def test_the_office_reminds_who_is_missing(opened, browse):
    with opened.database.transaction() as session:
        session.add(
            Chat(channel="local", address="an", kind="private", title="", language=None, state="active", purpose=None,
                 unit_code=None, person_id="an", seen_at=opened.now)
        )  # fmt: skip
    chen = signed_in(browse(opened.site()), opened, "chen")
    chen.opens(OFFICE)
    chen.sends(OFFICE, change={"act": "remind"})
    assert chen.page.one("p", class_="good").text == "已提醒（每人每天最多一次）。"
    assert opened.one(Delivery).address == "an"
    opened.now += timedelta(days=9)
    chen = signed_in(browse(opened.site()), opened, "chen")
    chen.opens(OFFICE)
    chen.sends(OFFICE, change={"act": "remind"})
    assert chen.status == 409
    assert opened.count(Delivery) == 1
