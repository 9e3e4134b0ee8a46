"""The survey as a page, walked by Mei: consent, questions, review, thanks; and everything that can go otherwise."""

from __future__ import annotations

import re

import pytest

from locales.errors import DomainError, explain
from surveys.models import Answer, Invitation, Response, Tally
from surveys.receipts import receipt_hash
from tests.web.cast import BEST, GROWN, NOW, PLACES, answered
from web.survey import receipt_code

CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}")


@pytest.fixture
def mei(town, browse):
    """Mei's phone with her ticket."""
    browser = browse(town.site())
    browser.ticket = town.ticket()
    browser.home = f"/s/{browser.ticket}"
    return browser


def agrees(mei):
    mei.opens(mei.home)
    return mei.sends(f"{mei.home}/consent", change=GROWN)


def fills(mei, answers=BEST, **change):
    return mei.sends(mei.home, change=answered(answers) | change)


def stored(town):
    with town.database.transaction() as session:
        from sqlalchemy import select

        return dict(session.execute(select(Answer.question_id, Answer.value)).all())


def test_survey_goes_from_notice_to_receipt(town, mei):
    page = mei.opens(mei.home)
    assert mei.heading == "门诊就诊体验问卷"
    assert "完全自愿" in page.one("main").text
    assert [form["action"] for form in page.every("form")] == [f"{mei.home}/consent"]

    mei.sends(f"{mei.home}/consent", change=GROWN)
    assert (mei.status, mei.path) == (200, mei.home)
    assert len(mei.page.every("fieldset", class_="question")) == 13  # twelve questions and the consent to words

    fills(mei, **answered({"comment": "  护士很耐心\r\n谢谢  "}))
    assert mei.path == f"{mei.home}/review"
    assert stored(town) == BEST | {"comment": "护士很耐心\n谢谢"}

    thanks = mei.sends(f"{mei.home}/send")
    code = thanks.one("p", class_="receipt").text
    assert CODE.fullmatch(code)
    response = town.one(Response)
    assert (response.state, response.mode, response.language, response.period) == ("sent", "page", "zh", "2026-11")
    assert response.receipt_hash == receipt_hash(code)
    assert town.one(Tally, Tally.question_id == "", Tally.option_code == "").count == 1


def test_opening_changes_nothing(town, mei):
    before = town.everything()
    for path in (mei.home, f"{mei.home}/review", f"{mei.home}/thanks?of=x", f"{mei.home}?check=1", mei.home):
        mei.opens(path)
        assert mei.status == 200
        assert mei.page.every("form")[0]["action"] == f"{mei.home}/consent"
    assert town.everything() == before


def test_consent_is_recorded_once(town, mei):
    agrees(mei)
    assert mei.post(f"{mei.home}/consent", GROWN).status_code == 303
    assert (town.count(Response), town.audited("give_consent")) == (1, ["patient"])
    assert town.one(Response).consented_at == NOW


def test_answers_before_consent_lead_to_the_notice_and_are_not_kept(town, mei):
    response = mei.post(mei.home, answered(BEST))
    assert (response.status_code, response.headers["location"]) == (303, mei.home)
    assert town.count(Answer) == 0


def test_draft_is_kept_and_resumed_on_another_browser(town, mei, browse):
    agrees(mei)
    fills(mei, {"clean": "4"})
    other = browse(town.site())
    page = other.opens(mei.home)
    question = page.one("fieldset", id=f"q-{PLACES['clean']}")
    assert [each["value"] for each in question.every("input", type="radio") if "checked" in each.attributes] == ["4"]
    assert page.one("progress")["value"] == "1"
    assert page.one("progress")["max"] == "10"


def test_required_questions_left_open_are_named_with_links(town, mei):
    agrees(mei)
    without = {name: value for name, value in BEST.items() if name not in ("clean", "overall")}
    page = fills(mei, without)
    assert mei.path == f"{mei.home}?check=1"
    alert = page.one("div", role="alert")
    assert [link["href"] for link in alert.every("a")] == [f"#q-{PLACES['clean']}", f"#q-{PLACES['overall']}"]
    assert stored(town) == without | {"comment": ""}

    page = mei.opens(f"{mei.home}/review")
    assert [link["href"] for link in page.one("div", role="alert").every("a")] == [
        f"{mei.home}#q-{PLACES['clean']}",
        f"{mei.home}#q-{PLACES['overall']}",
    ]
    assert page.every("form") == []  # nothing to send with
    refused = mei.post(f"{mei.home}/send", {"attempt": "A" * 22})
    assert refused.headers["location"] == f"{mei.home}?check=1#open"
    assert town.one(Response).state == "draft"


def test_condition_brings_a_question_and_takes_it_away_again(town, mei):
    page = agrees(mei)
    assert "disabled" in page.one("fieldset", id=f"q-{PLACES['where']}").attributes
    page = fills(mei, BEST | {"longer": "yes"})
    assert mei.path == f"{mei.home}?more={PLACES['where']}"
    question = page.one("fieldset", id=f"q-{PLACES['where']}")
    assert "disabled" not in question.attributes
    assert "根据您的回答" in question.text

    mei.sends(mei.home, change=answered({"where": "tests"}))
    assert mei.path == f"{mei.home}/review"
    assert stored(town)["where"] == "tests"

    mei.opens(mei.home)
    mei.sends(mei.home, change=answered({"longer": "no"}))
    assert mei.path == f"{mei.home}/review"
    assert "where" not in stored(town)


def test_optional_question_that_was_shown_and_left_is_passed_over(town, mei):
    agrees(mei)
    fills(mei, BEST | {"longer": "yes"})
    mei.sends(mei.home)
    assert mei.path == f"{mei.home}/review"
    assert (stored(town)["where"], stored(town)["comment"]) == ("", "")


def test_review_shows_every_answer_with_a_way_back(mei):
    agrees(mei)
    fills(mei, **answered({"comment": "<script>alert(1)</script> {{7*7}}"}))
    entries = mei.page.one("dl").every("div")
    assert len(entries) == 11
    assert [entry.every("a")[0]["href"] for entry in entries][:2] == [
        f"{mei.home}#q-{PLACES['clean']}",
        f"{mei.home}#q-{PLACES['signs']}",
    ]
    assert entries[1].every("dd")[0].text == "不适用：不需要找路"
    assert entries[-1].every("dd")[0].text == "<script>alert(1)</script> {{7*7}}"
    assert "<script>alert" not in mei.response.text


def test_answer_that_cannot_be_taken_stays_in_its_field_with_the_reason(town, mei):
    agrees(mei)
    page = fills(mei, BEST | {"clean": "9"}, **answered({"comment": "好" * 501}))
    assert mei.status == 422
    assert page.one("p", id=f"fault-{PLACES['clean']}").text == "请从给出的选项中选一个。"
    assert page.one("p", id=f"fault-{PLACES['comment']}").text == "文字太长，最多 500 个字符，请缩短后再发。"
    assert page.one("textarea").text == "好" * 501
    assert page.one("textarea")["aria-describedby"] == f"fault-{PLACES['comment']} limit-{PLACES['comment']}"
    kept = stored(town)
    assert kept["overall"] == "5"  # the rest was taken
    assert "clean" not in kept


def test_sending_twice_shows_the_same_receipt_and_counts_once(town, mei):
    agrees(mei)
    fills(mei)
    attempt = mei.page.one("input", name="attempt")["value"]
    first = mei.post(f"{mei.home}/send", {"attempt": attempt})
    second = mei.post(f"{mei.home}/send", {"attempt": attempt})
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    shown = mei.opens(first.headers["location"]).one("p", class_="receipt").text
    assert mei.opens(second.headers["location"]).one("p", class_="receipt").text == shown
    assert town.one(Tally, Tally.question_id == "", Tally.option_code == "").count == 1


def test_many_sends_at_once_are_one(town, mei):
    agrees(mei)
    fills(mei)
    attempt = mei.page.one("input", name="attempt")["value"]
    answers = mei.together(
        30, "POST", f"{mei.home}/send", content=f"attempt={attempt}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert {(each.status_code, each.headers["location"]) for each in answers} == {
        (303, f"{mei.home}/thanks?of={attempt}")
    }
    assert town.audited("send_response") == ["patient"]
    assert town.one(Tally, Tally.question_id == "", Tally.option_code == "").count == 1


def test_receipt_is_for_the_page_that_sent_it_alone(mei):
    agrees(mei)
    fills(mei)
    mei.sends(f"{mei.home}/send")
    sent_at = mei.path
    assert mei.get(sent_at).status_code == 200
    for path in (mei.home, f"{mei.home}/thanks", f"{mei.home}/thanks?of={'A' * 22}", f"{mei.home}/review"):
        mei.opens(path)
        assert (mei.status, mei.heading) == (410, "这份问卷已经提交，每次就诊只能提交一份，无需再填。")
    other_page = mei.post(f"{mei.home}/send", {"attempt": "B" * 22})
    assert other_page.status_code == 410


def test_used_ticket_takes_nothing_more(town, mei):
    agrees(mei)
    fills(mei)
    mei.sends(f"{mei.home}/send")
    before = stored(town)
    assert mei.post(mei.home, answered({"clean": "1"})).status_code == 410
    assert mei.post(f"{mei.home}/consent", GROWN).status_code == 410
    assert stored(town) == before


def test_unknown_ticket_is_one_clear_sentence(town, browse):
    browser = browse(town.site())
    before = town.everything()
    for path in ("/s/AAAAAAAAAAAAAAAAAAAAAA", "/s/x", "/s/%00", "/s/%F0%9F%A6%84", "/s/..%2f", "/s/%ff"):
        for method in ("GET", "POST"):
            response = browser.request(method, path)
            assert response.status_code == 404, path
    browser.opens("/s/AAAAAAAAAAAAAAAAAAAAAA")
    assert browser.heading == "这个问卷链接无效，请核对链接是否完整，或向就诊单位索取。"
    assert town.everything() == before


def test_expired_ticket_is_told_and_changes_nothing(town, browse):
    browser = browse(town.site())
    ticket = town.ticket(days_ago=43)
    before = town.everything()
    browser.opens(f"/s/{ticket}")
    assert (browser.status, browser.heading) == (410, explain("zh", DomainError("ticket_expired")))
    assert browser.post(f"/s/{ticket}/consent", GROWN).status_code == 410
    assert town.everything() == before


def test_page_speaks_the_invitations_language_until_another_is_chosen(town, browse):
    browser = browse(town.site(), **{"Accept-Language": "zh-CN"})
    ticket = town.ticket(language="en")
    browser.opens(f"/s/{ticket}")
    assert browser.heading == "Your outpatient visit"
    assert browser.page.one("html")["lang"] == "en"
    switch = browser.page.one("a", class_="switch")
    assert (switch.text, switch["href"], switch["lang"]) == ("中文", f"/s/{ticket}?language=zh", "zh-Hans")
    browser.opens(switch["href"])
    assert browser.heading == "门诊就诊体验问卷"
    browser.sends(f"/s/{ticket}/consent", change=GROWN)
    assert browser.page.every("legend")[0].text.startswith("候诊和就诊区域")
    assert town.one(Response).language == "zh"


def test_chat_and_page_mix_in_one_response(town, mei):
    from consortium.links import new_token
    from surveys.responses import give_consent, open_ticket, record_answer

    with town.database.transaction() as session:
        begun = open_ticket(session, ticket=mei.ticket, mode="chat", channel="telegram", account="70001",
                            new_id=new_token(), now=NOW)  # fmt: skip
        give_consent(session, response_id=begun.response_id, now=NOW)
        record_answer(session, response_id=begun.response_id, question_id="clean", values=["2"], revision=0, now=NOW)
    page = mei.opens(mei.home)
    assert "checked" in page.one("fieldset", id=f"q-{PLACES['clean']}").every("input", value="2")[0].attributes
    fills(mei, {name: value for name, value in BEST.items() if name != "clean"})
    mei.sends(f"{mei.home}/send")
    assert (town.one(Response).mode, stored(town)["clean"]) == ("mixed", "2")


def test_notice_offers_the_chat_where_there_is_a_bot(town, browse):
    ticket = town.ticket()
    with_bot = browse(town.site(bot_name=lambda: "tongping_bot"))
    link = with_bot.opens(f"/s/{ticket}").every("a", rel="noreferrer")[0]
    assert link["href"] == f"https://t.me/tongping_bot?start={ticket}"
    without = browse(town.site())
    assert without.opens(f"/s/{ticket}").every("a", rel="noreferrer") == []


def test_every_field_of_the_page_has_a_name_for_those_who_cannot_see_it(mei):
    page = agrees(mei)
    for question in page.every("fieldset"):
        assert question.one("legend").text
        for option in question.every("label"):
            assert option.every("input", type="radio") + option.every("input", type="checkbox")
            assert option.text
    comment = page.one("fieldset", id=page.one("textarea")["aria-labelledby"].replace("l-", "q-"))
    assert comment.one("legend").text.startswith("还有什么想告诉我们的吗")
    apart = [label.text for label in page.every("label", class_="apart")]
    assert apart == [
        "不适用：不需要找路",
        "不适用：没有检查、用药或治疗",
        "不适用：由他人代办",
        "不适用：不需要后续安排",
        "不适用：没有转诊",
    ]


def test_invitation_with_two_tickets_has_one_response(town, browse):
    from consortium.links import new_token
    from surveys.invitations import add_ticket

    first, second = town.ticket(), new_token()
    with town.database.transaction() as session:
        add_ticket(session, invitation_id=town.one(Invitation).id, ticket=second, now=NOW)
    browser = browse(town.site())
    for ticket in (first, second):
        browser.opens(f"/s/{ticket}")
        if ticket == first:
            browser.sends(f"/s/{ticket}/consent", change=GROWN)
    assert len(browser.page.every("fieldset", class_="question")) == 13
    assert town.count(Response) == 1


def test_receipt_code_is_one_for_a_page_and_cannot_be_guessed_from_another():
    code = receipt_code(b"secret", "ticket", "attempt")
    assert code == receipt_code(b"secret", "ticket", "attempt")
    assert CODE.fullmatch(code)
    others = {
        receipt_code(b"other", "ticket", "attempt"),
        receipt_code(b"secret", "tickets", "attempt"),
        receipt_code(b"secret", "ticket", "attempts"),
        receipt_code(b"secret", "ticketa", "ttempt"),
        receipt_code(b"secret", "\ud800", "\x00"),
    }
    assert len(others | {code}) == 6
