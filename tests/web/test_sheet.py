"""The sheet without a script: who gets which page, marks sealed at the door, refusals that lose nothing and tell nothing."""

from __future__ import annotations

import json
import re

import pytest
from structlog.testing import capture_logs

from reviews.models import Assignment
from reviews.sealing import BallotContent, generate_keys, receipt_of, seal
from storage.audit import AuditRow
from tests.web.cast import NOW, PEOPLE, signed_in
from tests.web.sheets import CLOSES, round_on

COMMENT = "转诊很快，谢谢！"


@pytest.fixture(scope="session")
def keys():
    return generate_keys()


@pytest.fixture
def round_(database, keys):
    return round_on(database, keys)


@pytest.fixture
def li(round_, browse):
    return signed_in(browse(round_.town.site()), round_.town, "li")


def marks_for(round_, target, marks, comment=""):
    row = round_.tasks()[target]
    fields = {f"m.{row}.{place}": mark for place, mark in enumerate(marks) if mark in "12345"}
    if marks == "-----":
        fields[f"n.{row}"] = "1"
    return fields | {f"c.{row}": comment}


def rows(page):
    return [each.one("h2").text for each in page.every("section", class_="sheet-row")]


def data_of(page):
    return json.loads(page.one("form", id="sheet")["data-sheet"])


# --- who gets which page


def test_the_page_lists_the_units_with_criteria_anchors_and_promises(li, round_):
    page = li.opens("/sheet")
    assert li.heading == "2026-10 互评 · 人民医院"
    assert rows(page) == ["二院", "社区中心"]
    groups = page.one("section", id=f"unit-{round_.tasks()['yi']}").every("fieldset")
    assert [each.one("legend").text for each in groups] == [
        f"二院: {name}" for name in ("接收转诊", "共享专家", "信息与互认", "沟通协调", "接续服务")
    ]
    assert [each["value"] for each in groups[0].every("input")] == list("12345")
    assert "1 ＝ 常推托或让患者久等" in page.one("dd", id="wording-0").text
    assert "评分单位达到 10 家时，才会由绩效办改写后给该单位看" in page.text
    assert "截止时间：2026-11-06 16:30" in page.text
    assert "草稿只存在这个浏览器里" in page.text
    assert page.one("progress")["max"] == "2"


def test_what_the_script_gets_is_the_unit_s_own_blank_ballots_and_the_round_s_key(li, round_):
    data = data_of(li.opens("/sheet"))
    assert data["key"] == json.loads(round_.public)
    assert (data["period"], data["unit"], data["size"], data["longest"]) == ("2026-10", "jia", 1024, 200)
    assert data["left"] == 5 * 3600
    assert [(each["rater"], each["target"], each["marks"], each["counter"]) for each in data["blanks"]] == [
        ("jia", "yi", "", 1),
        ("jia", "bing", "", 1),
    ]


def test_only_representatives_get_a_sheet_and_only_their_own(round_, browse):
    site = round_.town.site()
    assert browse(site).get("/sheet").status_code == 401
    chen = signed_in(browse(site), round_.town, "chen")
    assert chen.get("/sheet").status_code == 403
    li = signed_in(browse(site), round_.town, "li")
    for path in ("/sheet?unit=yi", "/sheet?unit=nobody", "/sheet?unit=%00"):
        assert li.get(path).status_code == 404
    assert li.get("/sheet/ballots?unit=yi").status_code == 403
    assert li.get("/sheet/ballots?unit=yi").json()["error"]["code"] == "not_allowed"


def test_who_represents_several_units_chooses(database, keys, browse):
    both = [each | {"units": ["jia", "yi"]} if each["id"] == "li" else each for each in PEOPLE]
    round_ = round_on(database, keys, people=both)
    li = signed_in(browse(round_.town.site()), round_.town, "li")
    page = li.opens("/sheet")
    assert [each["href"] for each in page.one("main").every("a")] == ["/sheet?unit=jia", "/sheet?unit=yi"]
    assert "已评 0 家，共 2 家" in page.text
    page = li.opens("/sheet?unit=yi")
    assert li.heading == "2026-10 互评 · 二院"
    assert rows(page) == ["人民医院", "社区中心"]
    assert "改为 人民医院 评分" in page.text


def test_without_a_round_the_page_says_so(li, round_):
    round_.closes()
    page = li.opens("/sheet")
    assert "现在没有进行中的互评轮次" in page.text
    assert page.one("div", id="sheet-place")["data-period"] == ""
    assert li.get("/sheet/ballots?unit=jia").json() == {"blanks": [], "done": []}


def test_after_the_closing_time_nothing_is_taken_even_before_it_was_closed(li, round_):
    li.opens("/sheet")
    round_.town.now = CLOSES
    li.sends("/sheet", change=marks_for(round_, "yi", "54321"))
    assert li.status == 409
    assert "截止" in li.page.text
    assert round_.sealed() == []
    assert "现在没有进行中的互评轮次" in li.opens("/sheet").text


# --- sealed at the door


def test_marks_of_a_plain_form_are_sealed_at_the_door(li, round_):
    li.opens("/sheet")
    li.sends("/sheet", change=marks_for(round_, "yi", "54321", COMMENT) | marks_for(round_, "bing", "-----"))
    assert li.status == 200
    assert li.heading == "已密封并提交"
    assert round_.said() == {("yi", "54321", 1, COMMENT), ("bing", "-----", 1, "")}
    codes = [each.text for each in li.page.every("td", class_="code")]
    assert sorted(codes) == sorted(receipt_of(each) for each in round_.sealed())
    assert [each.text for each in li.page.one("tbody").every("th")] == ["二院", "社区中心"]
    assert [each["data-assignment"] for each in li.page.one("tbody").every("tr")] == [
        str(round_.tasks()[unit]) for unit in ("yi", "bing")
    ]
    assert "54321" not in li.response.text


def test_a_part_of_the_sheet_may_be_sent_and_the_rest_later(li, round_):
    li.opens("/sheet")
    li.sends("/sheet", change=marks_for(round_, "bing", "33333"))
    page = li.opens("/sheet")
    assert "已交 1 家，共 2 家" in page.text
    [sent] = page.every("section", class_="is-sent")
    assert sent.one("h2").text == "社区中心"
    assert "分数无法再显示；新的评分票会取代它" in sent.text
    assert [each for each in sent.every("input", type="radio") if "checked" in each.attributes] == []
    assert rows(li.opens("/sheet?unit=jia&show=open")) == ["二院"]
    li.opens("/sheet")
    li.sends("/sheet", change=marks_for(round_, "yi", "11111"))
    assert li.opens("/sheet?show=open").text.count("没有还没评的单位了") == 1
    assert {(target, marks) for target, marks, _, _ in round_.said()} == {("bing", "33333"), ("yi", "11111")}


def test_a_second_ballot_replaces_the_first_and_chat_and_sheet_go_together(li, round_):
    round_.casts("li", "yi", "22222")
    li.opens("/sheet")
    li.sends("/sheet", change=marks_for(round_, "yi", "44444") | marks_for(round_, "bing", "55555"))
    assert li.status == 200
    round_.casts("li", "bing", "11111")
    assert {each[:3] for each in round_.said()} == {
        ("yi", "22222", 1), ("yi", "44444", 2), ("bing", "55555", 1), ("bing", "11111", 2),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("marks", "code"),
    [("5432_", "没有填完"), ("_____", "还没有填任何一家")],
)
def test_what_is_not_whole_is_refused_and_comes_back_as_it_was(li, round_, marks, code):
    li.opens("/sheet")
    given = marks_for(round_, "yi", marks, COMMENT if marks[0] == "5" else "")
    li.sends("/sheet", change=given | (marks_for(round_, "bing", "12345") if marks[0] == "5" else {}))
    assert li.status == 409
    assert code in li.page.one("section", role="alert").text
    assert round_.sealed() == []
    checked = {each["name"]: each["value"] for each in li.page.every("input") if "checked" in each.attributes}
    if marks[0] == "5":
        wanted = {**given, **marks_for(round_, "bing", "12345")}
        assert checked == {name: value for name, value in wanted.items() if name[0] == "m"}
        assert li.page.one("textarea", name=f"c.{round_.tasks()['yi']}").text == COMMENT
        assert "二院" in li.page.one("section", role="alert").text
        li.sends("/sheet", change={f"m.{round_.tasks()['yi']}.4": "1"})
        assert {each[:2] for each in round_.said()} == {("yi", "54321"), ("bing", "12345")}


def test_a_comment_without_marks_and_marks_with_no_dealings_are_refused(li, round_):
    row = round_.tasks()["yi"]
    li.opens("/sheet")
    li.sends("/sheet", change={f"c.{row}": COMMENT})
    assert "没有填完：二院" in li.page.one("section", role="alert").text
    li.opens("/sheet")
    li.sends("/sheet", change=marks_for(round_, "yi", "54321") | {f"n.{row}": "1"})
    assert "既打了分又选了“没有往来”：二院" in li.page.one("section", role="alert").text
    assert round_.sealed() == []


def test_a_ballot_in_between_refuses_all_and_keeps_what_was_filled_in(li, round_):
    li.opens("/sheet")
    round_.casts("li", "yi", "22222")
    li.sends("/sheet", change=marks_for(round_, "yi", "44444") | marks_for(round_, "bing", "55555"))
    assert li.status == 409
    assert "已经提交过" in li.page.one("section", role="alert").text
    assert {each[:2] for each in round_.said()} == {("yi", "22222")}
    li.sends("/sheet")  # as the page came back, with new numbers
    assert li.status == 200
    assert {each[:3] for each in round_.said()} == {("yi", "22222", 1), ("yi", "44444", 2), ("bing", "55555", 1)}


def test_a_comment_that_is_too_long_is_refused_without_being_lost(li, round_):
    li.opens("/sheet")
    li.sends("/sheet", change=marks_for(round_, "yi", "54321", "长" * 201))
    assert li.status == 409
    assert round_.sealed() == []
    assert li.page.one("textarea", name=f"c.{round_.tasks()['yi']}").text == "长" * 201


@pytest.mark.parametrize(
    "change",
    [
        {"m.1.9": "5"}, {"m.1.0": "6"}, {"m.1.0": ["1", "2"]}, {"m.1": "1"}, {"n.1.0": "1"}, {"x.1": "1"}, {"m.x.0": "1"},
        {"k.1": "-1"}, {"k.1": "1" * 30}, {"m.9999999999.0": "1"}, {"c.1": "x" * 5000}, {"csrf": "0" * 32},
        {"m.１.0": "1"}, {"k.1": "١"}, {"m.999999999.0": "1", "k.999999999": "1"},
    ],
)  # fmt: skip
def test_hostile_forms_are_refused_and_leave_nothing(li, round_, change):
    li.opens("/sheet")
    before = round_.town.everything()
    li.sends("/sheet", change=change)
    assert 400 <= li.status < 500
    assert round_.sealed() == []
    assert round_.town.everything() == before


def test_another_unit_s_rows_cannot_be_marked(li, round_):
    li.opens("/sheet")
    row = round_.tasks("yi")["jia"]
    li.sends("/sheet", change={f"m.{row}.{place}": "1" for place in range(5)} | {f"k.{row}": "1"})
    assert li.status == 404  # like a row that does not exist
    assert round_.sealed() == []


def test_nothing_of_marks_and_comments_reaches_logs_audit_or_other_tables(li, round_):
    with capture_logs() as logs:
        li.opens("/sheet")
        li.sends("/sheet", change=marks_for(round_, "yi", "5432_", COMMENT))
        li.sends("/sheet", change=marks_for(round_, "yi", "54321", COMMENT))
    assert round_.said() == {("yi", "54321", 1, COMMENT)}
    written = json.dumps(logs, default=str)
    with round_.database.transaction() as session:
        written += repr([(each.actor, each.subject, each.details) for each in session.query(AuditRow)])
        written += repr([(each.rater, each.target, each.casts) for each in session.query(Assignment)])
    assert "54321" not in written
    assert "转诊很快" not in written


# --- sealed by the page (here by Python in its place)


def sealed_by(round_, data, target, marks, change=None):
    blank = next(each for each in data["blanks"] if each["target"] == target)
    content = BallotContent(
        period=blank["period"], assignment_id=blank["assignment"], rater=blank["rater"], target=blank["target"],
        marks=marks, cast_at=NOW, counter=blank["counter"], token=blank["token"], comment="",
    )  # fmt: skip
    return {"assignment": blank["assignment"], "counter": blank["counter"], "sealed": seal(round_.public, content)} | (
        change or {}
    )


def posts(browser, ballots, *, csrf=None, **more):
    token = csrf if csrf is not None else browser.page.one("form", id="sheet").every("input", name="csrf")[0]["value"]
    document = json.dumps({"csrf": token, "ballots": ballots})
    return browser.post("/sheet/ballots", content=document, headers={"Content-Type": "application/json"}, **more)


def test_sealed_ballots_come_in_one_post_and_their_receipts_are_answered(li, round_):
    data = data_of(li.opens("/sheet"))
    ballots = [sealed_by(round_, data, "bing", "12345"), sealed_by(round_, data, "yi", "54321")]
    answer = posts(li, ballots)
    assert answer.status_code == 200
    assert answer.json() == {
        "receipts": [{"assignment": each["assignment"], "code": receipt_of(each["sealed"])} for each in ballots]
    }
    assert {each[:2] for each in round_.said()} == {("bing", "12345"), ("yi", "54321")}
    fresh = li.get("/sheet/ballots?unit=jia").json()
    assert [each["counter"] for each in fresh["blanks"]] == [2, 2]
    assert fresh["done"] == list(round_.tasks().values())


def test_one_stale_counter_refuses_all(li, round_):
    data = data_of(li.opens("/sheet"))
    round_.casts("li", "yi", "22222")
    answer = posts(li, [sealed_by(round_, data, "bing", "12345"), sealed_by(round_, data, "yi", "54321")])
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ballot_already_sent")
    assert {each[:2] for each in round_.said()} == {("yi", "22222")}


def test_the_same_post_twice_is_one_cast(li, round_):
    data = data_of(li.opens("/sheet"))
    csrf = li.page.one("form", id="sheet").every("input", name="csrf")[0]["value"]
    ballots = [sealed_by(round_, data, "yi", "54321")]
    assert posts(li, ballots, csrf=csrf).status_code == 200
    assert posts(li, ballots, csrf=csrf).status_code == 409
    assert len(round_.sealed()) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sealed": "x"}, "ballot_malformed"),
        ({"sealed": 5}, "json_unreadable"),
        ({"counter": True}, "json_unreadable"),
        ({"counter": 2}, "ballot_already_sent"),
        ({"counter": "1"}, "json_unreadable"),
        ({"assignment": 10**12}, "json_unreadable"),
        ({"assignment": 10**8}, "assignment_unknown"),
        ({"marks": "54321"}, "json_unreadable"),
    ],
)
def test_hostile_ballots_are_refused_and_leave_nothing(li, round_, change, code):
    data = data_of(li.opens("/sheet"))
    before = round_.town.everything()
    answer = posts(li, [sealed_by(round_, data, "bing", "12345"), sealed_by(round_, data, "yi", "54321", change)])
    assert answer.json()["error"]["code"] == code
    assert "54321" not in answer.text
    assert round_.sealed() == []
    assert round_.town.everything() == before


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b"\xff", b"null", b"[" * 50000, b'{"csrf": "x", "ballots": []}', b'{"csrf": 1, "ballots": [{}]}',
        b'{"ballots": [{}]}', b'{"csrf": "x", "ballots": [{}], "more": 1}', b'{"csrf": "x", "ballots": {}}',
    ],
)  # fmt: skip
def test_bodies_that_are_no_ballots_are_refused(li, body):
    answer = li.post("/sheet/ballots", content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["error"]["code"] == "json_unreadable"


def test_a_post_from_elsewhere_or_with_another_s_token_is_refused(li, round_):
    data = data_of(li.opens("/sheet"))
    ballots = [sealed_by(round_, data, "yi", "54321")]
    assert posts(li, ballots, csrf="0" * 32).json()["error"]["code"] == "form_expired"
    li.opens("/sheet")
    token = li.page.one("form", id="sheet").every("input", name="csrf")[0]["value"]
    document = json.dumps({"csrf": token, "ballots": ballots})
    for headers, code in [
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, "other_site"),
        ({"Content-Type": "text/plain"}, "json_unreadable"),
        ({"Content-Type": "application/json", "X-Tongping-Session": "made-up"}, "sign_in_needed"),
    ]:
        answer = li.post("/sheet/ballots", content=document, headers=headers)
        assert answer.json()["error"]["code"] == code
    assert round_.sealed() == []


def test_too_much_is_refused_as_json(li):
    answer = li.post("/sheet/ballots", content=b" " * (1024 * 1024 + 1), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


def test_pages_stay_strict(li):
    response = li.get("/sheet")
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-store"
    page = li.page
    assert all(each["src"].startswith("/static/") for each in page.every("script"))
    assert page.every("style") == []
    assert not re.search(r'\son\w+="|\sstyle="', response.text)


def test_without_a_bot_nothing_opens_inside_telegram(li):
    assert li.get("/sheet/app").status_code == 404
    assert li.post("/sheet/launch", content=b"{}").status_code == 404
