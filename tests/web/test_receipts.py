"""What a receipt code opens on the page, and that it never stands where it could be read by somebody else."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from evaluation.schemes import apply_scheme
from surveys.definition import parse_questionnaire
from surveys.fhir.validation import validate
from surveys.models import Answer, Response, Tally
from tests.evaluation.cast import example
from tests.web.cast import BEST, GROWN, LONG_AGO, Town, answered
from tests.web.every_type import KIND, every_type, field, own
from web import faults
from web.throttle import FAILURES

pytestmark = pytest.mark.both_databases

UNKNOWN = "没有找到这个回执码对应的答卷，请核对回执码；试填的答卷不会保存。"


@pytest.fixture
def mei(town, browse):
    """Mei has sent her answers and knows her code."""
    browser = browse(town.site())
    browser.code = sent(town, browser)
    return browser


def sent(town: Town, browser, *, kind: str = "outpatient", fields: dict | None = None, language: str = "zh") -> str:
    home = f"/s/{town.ticket(kind=kind, language=language)}"
    browser.opens(home)
    browser.sends(f"{home}/consent", change=GROWN)
    browser.sends(home, change=fields or answered(BEST | {"comment": "护士 <b>很</b> 耐心"}))
    while not browser.path.endswith("/review"):
        browser.sends(home)
    return browser.sends(f"{home}/send").one("p", class_="receipt").text


def enters(mei, code: str):
    mei.opens("/receipt")
    return mei.sends("/receipt", change={"code": code})


def settle(town: Town) -> None:
    """December has come, and November is settled."""
    from consortium.periods import Period
    from evaluation.scorecards import settle_period
    from tests.evaluation.cast import Season

    town.now = town.now.replace(month=12, day=6)
    with town.database.transaction() as session:
        apply_scheme(session, document=example(), now=LONG_AGO)
        Season(session)
        settle_period(session, period=Period.parse("2026-11"), actor="chen", now=town.now)


def test_thanks_and_start_page_lead_to_the_field(town, mei):
    assert mei.page.one("section", class_="thanks").one("a")["href"] == "/receipt"
    assert "/receipt" in [link["href"] for link in mei.opens("/").one("main").every("a")]
    page = mei.opens("/receipt")
    form = page.one("main").one("form")
    assert (form["method"], form["action"]) == ("post", "/receipt")
    code = form.one("input", name="code")
    assert form.one("label", **{"for": code["id"]}).text == "回执码"
    assert code["autocomplete"] == "off"


def test_code_shows_ones_own_answers_and_the_notice_agreed_to(town, mei):
    page = enters(mei, mei.code)
    assert (mei.status, mei.path, mei.heading) == (200, "/receipt", "门诊就诊体验问卷")
    assert "提交时间：2026-11-06 11:30" in page.one("main").text
    assert "说明：第 1 版" in page.one("main").text
    assert "完全自愿" in page.one("details").text
    entries = {entry.one("dt").text: entry.one("dd").text for entry in page.one("dl").every("div")}
    assert len(entries) == 11
    assert list(entries.values())[-1] == "护士 <b>很</b> 耐心"
    assert page.every("a", class_="switch") == []  # what only a form reaches has no address in another language


@pytest.mark.parametrize("written", ["{lower}", " {plain} ", "{wide}", "{dashed}", "{confused}"])
def test_code_is_read_as_people_write_it(town, mei, written):
    code = mei.code
    wide = "".join(chr(ord(each) + 0xFEE0) if each.isalnum() else "－" for each in code)
    shapes = {
        "lower": code.lower(), "plain": code.replace("-", ""), "wide": wide, "dashed": code.replace("-", "–"),
        "confused": code.replace("0", "O").replace("1", "l"),
    }  # fmt: skip
    enters(mei, written.format(**shapes))
    assert mei.heading == "门诊就诊体验问卷"


def test_unknown_and_malformed_codes_get_the_same_answer_and_change_nothing(town, mei):
    before, bodies = town.everything(), set()
    for code in (
        "0000-0000-0000",
        "",
        "x",
        "'; drop table response; --",
        "\ud800",
        "A" * 5000,
        mei.code + "0",
        "../../etc",
    ):
        response = mei.post("/receipt", {"code": code})
        if response.status_code == 400:  # half of a surrogate pair is no UTF-8
            continue
        assert response.status_code == 404
        assert mei.page.one("p", id="fault").text == UNKNOWN
        shown = mei.page.one("input", name="code")["value"]
        bodies.add(response.text.replace(f'value="{shown}"', ""))
    assert len({body for body in bodies if "drop table" not in body}) == 1
    for path in ("text", "fhir", "withdraw", "withdraw/confirm"):
        assert mei.post(f"/receipt/{path}", {"code": "0000-0000-0000"}).status_code == 404
    assert town.everything() == before


def test_guessing_codes_is_slowed_down(town, browse, monkeypatch):
    monkeypatch.setattr(faults, "time", SimpleNamespace(monotonic=lambda: 1000.0))  # no second passes while she tries
    guesser = browse(town.site())
    for _ in range(FAILURES):
        assert guesser.post("/receipt", {"code": "0000-0000-0000"}).status_code == 404
    assert guesser.post("/receipt", {"code": "0000-0000-0000"}).status_code == 429
    assert guesser.post("/receipt/fhir", {"code": "0000-0000-0000"}).status_code == 429


def test_code_never_stands_in_an_address_or_a_header(town, mei):
    for path in ("", "/text", "/fhir", "/withdraw", "/withdraw/confirm"):
        response = mei.post(f"/receipt{path}", {"code": mei.code})
        assert response.status_code == 200
        assert mei.code not in str(dict(response.headers)) + str(response.url)
        assert response.headers["cache-control"] == "no-store"
        for form in mei.page.every("form") if response.headers["content-type"].startswith("text/html") else []:
            assert form["method"] == "post"
            assert mei.code not in form["action"]
    assert mei.get(f"/receipt?code={mei.code}").status_code == 200
    assert mei.page.one("input", name="code")["value"] == ""  # an address opens nothing
    for path in ("text", "fhir", "withdraw", "withdraw/confirm"):
        assert mei.get(f"/receipt/{path}").status_code == 405


def test_form_of_another_site_cannot_take_anything_back(town, mei):
    before = town.everything()
    for path in ("", "/text", "/fhir", "/withdraw", "/withdraw/confirm"):
        response = mei.post(f"/receipt{path}", {"code": mei.code}, headers={"Sec-Fetch-Site": "cross-site"})
        assert response.status_code == 403
    assert town.everything() == before
    for form in ({"code": mei.code, "sure": "1"}, {"code": mei.code, "response": "x"}):
        assert mei.post("/receipt/withdraw/confirm", form).status_code == 422
    assert town.everything() == before


def test_copy_as_text(mei):
    response = mei.post("/receipt/text", {"code": mei.code})
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="tongping.txt"'
    lines = response.text.split("\n")
    assert lines[:4] == ["门诊就诊体验问卷", "人民医院", "提交时间：2026-11-06 11:30", "作答时同意的说明：第 1 版"]
    assert "护士 <b>很</b> 耐心" in lines
    assert lines[5].startswith("1. 候诊和就诊区域")


def test_copy_as_fhir_is_a_valid_response_of_the_questionnaires_own_version(town, browse):
    browser = browse(town.asks(every_type()).site())
    fields = {
        field("first-time"): "false", field("before"): "2026-03-01", field('ward "7"'): "~",
        own('ward "7"'): "ICU", field("help<b>"): ["walk", "eat"], field("times"): "3",
        field("rate"): "8", field("left"): "2026-11-05T10:20", field("drugs"): ["a", "b"],
        field("values"): ["120", "130"], field("weight"): "70.5", "text": "yes",
    }  # fmt: skip
    code = sent(town, browser, kind=KIND, fields=fields)
    response = browser.post("/receipt/fhir", {"code": code})
    assert response.headers["content-type"] == "application/fhir+json; charset=utf-8"
    document = json.loads(response.text)
    questionnaire, _ = parse_questionnaire(every_type(), file="")
    assert questionnaire is not None
    assert validate(questionnaire, document) == []
    assert (document["resourceType"], document["status"]) == ("QuestionnaireResponse", "completed")
    assert "subject" not in document
    assert code not in response.text


def test_withdrawing_asks_once_more_then_deletes_and_uncounts(town, mei):
    enters(mei, mei.code)
    before = town.everything()
    page = mei.sends("/receipt/withdraw")
    assert mei.heading == "确定撤回吗？"
    assert [form["action"] for form in page.one("main").every("form")] == ["/receipt/withdraw/confirm", "/receipt"]
    assert town.everything() == before
    page = mei.sends("/receipt/withdraw/confirm")
    assert page.one("div", role="status").text == "这份答卷已经撤回，作答内容已删除，不再计入统计。"
    assert page.every("dl") == []
    assert (town.count(Answer), town.one(Response).state) == (0, "withdrawn")
    with town.database.transaction() as session:
        assert set(session.scalars(select(Tally.count))) <= {0}
    assert town.audited("withdraw_response") == ["patient"]


def test_withdrawing_twice_is_withdrawing_once(town, mei):
    for _ in range(2):
        assert mei.post("/receipt/withdraw/confirm", {"code": mei.code}).status_code == 200
        assert mei.page.one("div", role="status")
    assert town.audited("withdraw_response") == ["patient"]
    enters(mei, mei.code)
    assert mei.page.every("form", action="/receipt/withdraw") == []
    for path in ("text", "fhir"):
        assert mei.post(f"/receipt/{path}", {"code": mei.code}).status_code == 410


def test_withdrawing_many_times_at_once_is_withdrawing_once(town, mei):
    form = {"content": f"code={mei.code}", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    answers = mei.together(12, "POST", "/receipt/withdraw/confirm", **form)
    assert {each.status_code for each in answers} == {200}
    assert town.audited("withdraw_response") == ["patient"]


def test_ticket_of_a_withdrawn_response_stays_used(town, browse):
    browser = browse(town.site())
    code = sent(town, browser)
    home = browser.path.partition("/thanks")[0]
    browser.post("/receipt/withdraw/confirm", {"code": code})
    assert browser.get(home).status_code == 410
    assert browser.post(f"{home}/consent", GROWN).status_code == 410


def test_after_settlement_it_says_why_nothing_can_be_taken_back(town, mei):
    settle(town)
    page = enters(mei, mei.code)
    assert len(page.one("dl").every("div")) == 11  # still to see and to copy
    assert page.every("form", action="/receipt/withdraw") == []
    assert "2026-11 的考核已经结算" in page.one("main").text
    before = town.everything()
    assert "已经结算" in mei.post("/receipt/withdraw", {"code": mei.code}).text
    refused = mei.post("/receipt/withdraw/confirm", {"code": mei.code})
    assert (refused.status_code, mei.heading) == (
        409,
        "2026-11 的考核已经结算，这份答卷不能再撤回；如有疑问请联系绩效办。",
    )
    assert town.everything() == before
    assert mei.post("/receipt/text", {"code": mei.code}).status_code == 200


def test_receipt_is_read_in_english_too(town, browse):
    browser = browse(town.site(), **{"Accept-Language": "en"})
    code = sent(town, browser, language="en")
    enters(browser, code)
    assert browser.page.one("html")["lang"] == "en"
    assert browser.heading == "Your outpatient visit"
    assert browser.post("/receipt/text", {"code": code}).text.startswith(
        "Your outpatient visit\nPeople's Hospital\nSent: "
    )


def test_code_of_a_trial_opens_nothing(town, browse):
    browser = browse(town.site())
    home = f"/s/{town.trial(every_type(version='2'))}"
    browser.opens(home)
    browser.sends(f"{home}/consent", change=GROWN)
    assert town.count(Response) == 1
    browser.post("/receipt", {"code": "0000-0000-0000"})
    assert browser.status == 404
