"""A patient's story by long polling: from the hospital's report to the receipt, with everything people do wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.journeys.small_consortium import Wishes
from tests.journeys.survey_walk import (
    AGREE,
    ALL_WELL,
    ALL_WELL_STORED,
    BACK,
    FIELDS,
    NEXT,
    NO,
    NO_WORDS,
    NOT,
    SATISFIED,
    SEND,
    SKIP,
    SO_SO,
    VERY,
    WRITE,
    YES,
    answers_all,
    begins,
    chooses,
    receipt_in,
    state_of,
    stored_answers,
)
from tests.journeys.visitor import Visitor
from tests.telegram_double import Person, TelegramDouble

pytestmark = pytest.mark.journey
_accounts = count(1001)


@pytest.fixture(scope="module")
def house(found_once: Founder, tg: TelegramDouble, database_address: str | None) -> Iterator[Installation]:
    """A running installation for all patients of this file. It has to ask Telegram for the bot's name."""
    house = found_once(tg, database_url=database_address, wishes=Wishes(bot="")).serves(fresh=True)
    yield house
    house.stops()
    house.is_sound()


@pytest.fixture
def mei(tg: TelegramDouble) -> Person:
    """A patient who has never spoken to the bot."""
    return tg.person(next(_accounts), "Mei")


def test_patient_goes_from_link_to_receipt_in_one_message(house: Installation, mei: Person) -> None:
    survey = house.encounter("jia", "whole-way")
    mei.opens(survey.start)
    notice = mei.waits_for("点“同意”即表示")
    assert "人民医院" in notice.text
    assert notice.labels == (AGREE, "未满14周岁", "不参加", "English")

    assert "第 1 题，共 11 题" in chooses(mei, AGREE).text
    second = chooses(mei, VERY)
    assert ("第 2 题" in second.text, BACK in second.labels) == (True, True)
    first_again = chooses(mei, BACK)
    assert (f"✓ {VERY}" in first_again.labels, NEXT in first_again.labels) == (True, True)
    chooses(mei, NEXT, SATISFIED, VERY, "不适用：没有检查、用药或治疗", SO_SO, NOT)
    branch = chooses(mei, YES)
    assert "第 8 题，共 12 题" in branch.text
    assert "主要在哪个环节等得久？" in branch.text
    last = chooses(mei, SKIP, VERY, VERY, VERY)
    assert "第 12 题，共 12 题" in last.text
    assert last.labels[:2] == (WRITE, NO_WORDS)
    chooses(mei, WRITE)
    mei.sends("等了一个小时 <b>&amp;</b> ❤️")
    house.private.append("等了一个小时")
    review = mei.waits_for("请核对您的作答")
    assert "▸ 等了一个小时 <b>&amp;</b> ❤️" in review.text
    assert "8. 主要在哪个环节等得久？\n    ▸ （已跳过）" in review.text

    seventh = chooses(mei, "7")
    assert f"✓ {YES}" in seventh.labels
    review = chooses(mei, NO)
    assert "主要在哪个环节" not in review.text
    chooses(mei, SEND)
    thanks = mei.waits_for("谢谢您")

    assert len(receipt_in(thanks)) >= 12
    assert thanks.labels == ("讲讲我的故事",)  # an offer that knows nothing of the answers
    assert [message.id for message in mei.messages()] == [notice.id]
    assert stored_answers(house, "whole-way") == {
        "clean": "5", "signs": "4", "listening": "5", "explaining": "na", "booking": "3", "queue": "2", "longer": "no",
        "next": "5", "handover": "5", "overall": "5", "comment": "等了一个小时 <b>&amp;</b> ❤️",
    }  # fmt: skip
    assert state_of(house, "whole-way") == ("sent", "chat", None)
    assert receipt_in(thanks).encode() not in house.stored.everything()


def test_patient_who_taps_twice_or_on_old_buttons_changes_nothing(house: Installation, mei: Person) -> None:
    survey = house.encounter("jia", "double-taps")
    first = begins(mei, survey.start)
    mei.taps(VERY, message=first)
    mei.taps(NOT, message=first)  # before the screen has changed: the same screen, tapped twice
    mei.waits_for_toast("这个按钮已经过时")
    mei.waits_until_taps_are_answered()
    assert "第 2 题" in mei.last_message().text
    assert stored_answers(house, "double-taps") == {"clean": "5"}

    chooses(mei, SATISFIED)
    mei.taps(AGREE, stale=True)
    mei.waits_until_taps_are_answered()
    mei.taps(SO_SO, message=mei.last_message(), stale=True)
    mei.waits_until_taps_are_answered()
    assert len(mei.toasts) == 3
    assert set(mei.toasts) == {mei.toasts[0]}
    assert stored_answers(house, "double-taps") == {"clean": "5", "signs": "4"}

    chooses(mei, *ALL_WELL[2:])
    mei.taps(SEND)
    mei.taps(SEND, stale=True)
    mei.waits_until_taps_are_answered()
    mei.waits_for_toast("这份答卷已经提交")
    receipt_in(mei.waits_for("谢谢您", whenever=True))  # nothing paints over the receipt
    assert house.rows("select count(*) from response where state = 'sent' and id in"
                      " (select response.id from response join invitation on invitation.id = invitation_id"
                      "  where visit = 'double-taps')") == [(1,)]  # fmt: skip


def test_patient_who_types_where_a_button_is_expected_is_told_in_one_sentence(house: Installation, mei: Person) -> None:
    survey = house.encounter("jia", "typing")
    mei.opens(survey.start)
    notice = mei.waits_for("点“同意”即表示")
    mei.sends("你好")
    assert mei.waits_for("请先点上面消息中的").text.count("。") == 1
    chooses(mei, AGREE)
    mei.sends("挺满意的")
    mei.waits_for("这一题请点选项作答")
    mei.sends_other("sticker", sticker={"file_id": "x", "file_unique_id": "y", "type": "regular", "width": 1,
                                        "height": 1, "is_animated": False, "is_video": False})  # fmt: skip
    mei.waits_for("这里只能读懂文字和按钮")
    mei.taps_data("s:forged:0:a:0:0:AAAAAAAAAAA", notice)
    mei.waits_for_toast("这个按钮已经失效")
    assert stored_answers(house, "typing") == {}
    chooses(mei, *ALL_WELL)
    mei.sends("还有一句")
    mei.waits_for("请点题号修改，或点“提交”")
    assert stored_answers(house, "typing") == ALL_WELL_STORED


def test_tickets_that_are_used_unknown_expired_or_taken_each_get_one_sentence(
    house: Installation, mei: Person, tg: TelegramDouble
) -> None:
    survey = house.encounter("jia", "tickets")
    answers_all(mei, survey.start)
    mei.opens(survey.start)
    mei.waits_for("这份问卷已经提交，每次就诊只能提交一份，无需再填。")
    mei.opens("/start AAAAAAAAAAAAAAAAAAAAAA")
    mei.waits_for("这个问卷链接无效")
    mei.opens("/start ../../etc/passwd")
    mei.waits_for("这个问卷链接无效")
    late = house.encounter("jia", "too-late", discharged_at=datetime.now(UTC) - timedelta(days=43))
    mei.opens(late.start)
    mei.waits_for("这份问卷已过作答期限")

    taken = house.encounter("jia", "taken")
    begins(mei, taken.start)
    other = tg.person(next(_accounts), "Fang")
    other.opens(taken.start)
    other.waits_for("这份问卷已在另一个聊天账号中开始作答")
    again = house.reports("jia", "taken").json()
    assert (again["web_url"], again["telegram_url"], again["invitation"]) == (None, None, taken.invitation)


def test_patient_switches_language_and_keeps_answers_and_place(house: Installation, mei: Person) -> None:
    survey = house.encounter("jia", "languages")
    begins(mei, survey.start)
    chooses(mei, VERY)
    english = chooses(mei, "English")
    assert "How satisfied were you with the signs" in english.text
    third = chooses(mei, "Satisfied")
    assert "listened to what you had to say" in third.text
    mei.opens("/language")
    chinese = mei.waits_for("第 3 题")
    assert "医生是否耐心听您把病情说完" in chinese.text
    assert stored_answers(house, "languages") == {"clean": "5", "signs": "4"}


def test_patient_begins_in_chat_and_sends_on_the_page(house: Installation, mei: Person) -> None:
    survey = house.encounter("jia", "two-doors")
    house.private.append("在网页上写的")
    begins(mei, survey.start)
    chooses(mei, VERY, SATISFIED, SO_SO)
    with Visitor() as visitor:
        page = visitor.opens(survey.web_url)
        here = {name: value for name, value in page.form(survey.ticket).fields if name.startswith("a.") and value}
        assert here == {FIELDS["clean"]: "5", FIELDS["signs"]: "4", FIELDS["listening"]: "3"}
        given = {FIELDS[name]: "5" for name in ("explaining", "booking", "queue", "next", "handover", "overall")}
        given |= {FIELDS["longer"]: "no", FIELDS["comment"]: "在网页上写的", "text": "yes"}
        review = visitor.sends(page, survey.ticket, given)
        assert (review.status, review.url) == (200, f"{survey.web_url}/review")
        assert "在网页上写的" in review.text
        thanks = visitor.sends(review, "/send")
        assert "您的回执码" in thanks.text
    mei.taps(VERY)
    mei.waits_for_toast("这份答卷已经提交，不能再修改。")
    assert state_of(house, "two-doors") == ("sent", "mixed", None)
    assert stored_answers(house, "two-doors")["comment"] == "在网页上写的"


def test_patient_begins_on_the_page_and_sends_in_chat(house: Installation, mei: Person) -> None:
    survey = house.encounter("jia", "page-first")
    with Visitor() as visitor:
        questions = visitor.sends(visitor.opens(survey.web_url), "/consent", {"age": "grown"})
        kept = visitor.sends(questions, survey.ticket, {FIELDS["clean"]: "2", FIELDS["longer"]: "yes"})
        assert "还" in kept.text
    mei.opens(survey.start)
    assert "第 2 题，共 12 题" in mei.waits_for("第 2 题").text
    chooses(mei, *ALL_WELL[1:6])
    assert "主要在哪个环节等得久？" in mei.last_message().text
    chooses(mei, "取药", VERY, VERY, VERY)
    mei.waits_for("请核对")
    chooses(mei, SEND)
    receipt_in(mei.waits_for("谢谢您"))
    assert state_of(house, "page-first") == ("sent", "mixed", None)
    stored = stored_answers(house, "page-first")
    assert (stored["clean"], stored["where"], stored["comment"]) == ("2", "pharmacy", "")


def test_words_of_one_chat_are_handled_in_their_order(house: Installation, tg: TelegramDouble) -> None:
    """Four people, each with eight texts in one batch: the first of each is the comment, the others come too late."""
    people = [tg.person(next(_accounts), f"P{number}") for number in range(4)]
    for number, person in enumerate(people):
        begins(person, house.encounter("yi", f"order-{number}").start)
        chooses(person, *ALL_WELL[:-1])
    with tg.held_updates():
        for place in range(1, 9):
            for person in people:
                person.sends(f"第 {place} 句")
    for number, person in enumerate(people):
        tg.until(lambda person=person: len(person.messages()) == 8, what="seven refusals", chat=person.id)
        assert stored_answers(house, f"order-{number}")["comment"] == "第 1 句"


def test_patient_says_stop_comes_back_and_takes_back_what_was_sent(house: Installation, mei: Person) -> None:
    survey = house.encounter("jia", "stops")
    begins(mei, survey.start)
    chooses(mei, VERY)
    mei.sends("退订")
    mei.waits_for("以后不再主动给您发消息")
    assert house.rows("select count(*) from opt_out where account = :account", account=str(mei.id)) == [(1,)]
    chooses(mei, "恢复接收，继续")
    assert house.rows("select count(*) from opt_out where account = :account", account=str(mei.id)) == [(0,)]
    chooses(mei, *ALL_WELL[1:], SEND)
    code = receipt_in(mei.waits_for("谢谢您"))

    mei.sends("0000-1111-2222")
    mei.waits_for("没有找到这个回执码")
    mei.sends(code.lower())
    shown = mei.waits_for("提交\n\n1. ")
    assert shown.labels == ("复制全文", "撤回")
    chooses(mei, "撤回", "确定撤回")
    assert "已经撤回" in mei.last_message().text
    assert state_of(house, "stops")[0] == "withdrawn"
    assert stored_answers(house, "stops") == {}
    assert code.encode() not in house.stored.everything()
