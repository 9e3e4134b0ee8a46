"""The receipt in chat: look, copy, take back until the month is settled; and nothing for those who guess."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.models import HandledUpdate
from evaluation.models import SchemeVersion, Settlement
from locales.errors import DomainError, explain
from locales.texts import text
from outbox.message import Button
from surveys.models import Answer, Response, Tally
from tests.bot.phone import everything_stored
from tests.cast import NOW

pytestmark = pytest.mark.both_databases

UNFOUND = explain("zh", DomainError("receipt_unfound"))
WRONG = "0000-1111-2222"


def settle(database, period="2026-10"):
    with database.transaction() as session:
        settle_in(session, period)


def settle_in(session, period):
    session.add(
        SchemeVersion(
            year=2026, version=1, digest="d", content={}, applied_at=NOW, effective="2026-01", state="in_force"
        )
    )
    session.flush()
    session.add(
        Settlement(
            period=period, sequence=1, settled_at=NOW, settled_by="schedule", scheme_year=2026, scheme_version=1,
            digest="d",
        )
    )  # fmt: skip


def answers(phone, device, ticket, words="医生 <很> 耐心"):
    device.starts(ticket)
    for label in ("同意并开始（我已满14周岁）", "非常满意", "不到半小时", "同意，我来写"):
        device.taps(label)
    device.says(words)
    device.taps("提交")
    return device.messages[device.newest if device.message.buttons else list(device.messages)[-1]].text


def code_in(thanks):
    return thanks.partition("您的回执码：")[2].splitlines()[0]


@pytest.fixture
def mei(phone, ticket):
    mei = phone("Mei", "111")
    mei.code = code_in(answers(phone, mei, ticket()))
    return mei


def state(database):
    with database.transaction() as session:
        return session.scalars(select(Response.state)).one()


def responses_counted(database):
    with database.transaction() as session:
        return session.scalar(
            select(func.coalesce(func.sum(Tally.count), 0)).where(Tally.question_id == "", Tally.option_code == "")
        )


def test_code_shows_ones_own_answers(mei, consortium):
    mei.says(mei.code)
    assert mei.screen == (
        "《门诊问卷》\n人民医院\n2026-10-08 10:00 提交\n\n1. 环境是否整洁？\n    ▸ 非常满意\n2. 等了多久？\n    ▸ 不到半小时\n"
        "3. 还想说什么？\n    ▸ 医生 <很> 耐心\n\n在这个月结算之前，您可以撤回这份答卷。"
    )
    assert mei.buttons == ["复制全文", "撤回"]
    assert state(consortium) == "sent"


def test_code_is_read_as_people_write_it(mei):
    for words in (mei.code.lower(), mei.code.replace("-", ""), f" {mei.code} ", mei.code.replace("-", " "),
                  mei.code.replace("-", "－"), f"/receipt {mei.code}", f"/RECEIPT {mei.code.lower()}",
                  f"/receipt {mei.code.replace('-', ' ')}"):  # fmt: skip
        mei.says(words)
        assert mei.screen.startswith("《门诊问卷》"), words


def test_command_alone_says_how(mei):
    mei.says("/receipt")
    assert mei.said[-1] == text("zh", "bot.receipt.how")


def test_copy_is_the_whole_text(phone, ticket):
    mei = phone("Mei", "111")
    words = "很" * 200
    code = code_in(answers(phone, mei, ticket(), words))
    mei.says(code)
    assert words not in mei.screen
    mei.taps("复制全文")
    assert words in mei.said[-1]
    assert mei.said[-1].startswith("《门诊问卷》\n人民医院\n")


def test_withdrawing_asks_first_and_deletes(mei, consortium):
    assert responses_counted(consortium) == 1
    mei.says(mei.code)
    mei.taps("撤回")
    assert mei.buttons == ["确定撤回", "不撤回"]
    mei.taps("不撤回")
    assert mei.buttons == ["复制全文", "撤回"]
    assert state(consortium) == "sent"
    mei.taps("撤回")
    mei.taps("确定撤回")
    assert mei.said[-1] == "人民医院的这份答卷已经撤回，作答内容已删除，不再计入统计。"
    assert list(mei.messages.values())[-1].buttons == ()
    assert state(consortium) == "withdrawn"
    assert responses_counted(consortium) == 0
    with consortium.transaction() as session:
        assert session.scalars(select(Answer)).all() == []


def test_double_tap_on_withdrawing_is_one_and_says_so(mei, consortium):
    mei.says(mei.code)
    mei.taps("撤回")
    mei.taps_twice("确定撤回")
    assert mei.toast == explain("zh", DomainError("response_withdrawn"))
    assert mei.said[-1].endswith("不再计入统计。")
    assert responses_counted(consortium) == 0
    mei.again()
    assert responses_counted(consortium) == 0


def test_withdrawn_response_is_shown_as_such_and_its_old_buttons_do_nothing(mei, consortium):
    mei.says(mei.code)
    place = mei.newest
    copy = mei.find("复制全文")[1]
    mei.taps("撤回")
    mei.taps("确定撤回")
    mei.says(mei.code)
    assert mei.said[-1].endswith("不再计入统计。")
    count = len(mei.messages)
    mei.does(mei.tap(place, copy))
    assert len(mei.messages) == count
    mei.starts("ticket-000000000000001")
    assert mei.said[-1] == explain("zh", DomainError("ticket_used"))


def test_settled_month_cannot_be_withdrawn_and_says_why(mei, consortium):
    mei.says(mei.code)
    early = mei.find("撤回")[1]
    settle(consortium)
    mei.says(mei.code)
    assert mei.buttons == ["复制全文"]
    assert "2026-10 已经结算" in mei.screen
    mei.does(mei.tap(mei.newest, early))
    assert mei.buttons == ["复制全文"]
    mei.does(mei.tap(mei.newest, Button("x", ("r", "x", mei.code.replace("-", "")))))
    assert mei.toast == explain("zh", DomainError("response_settled", period="2026-10"))
    assert state(consortium) == "sent"


def test_other_month_settled_does_not_matter(mei, consortium):
    settle(consortium, "2026-09")
    mei.says(mei.code)
    assert mei.buttons == ["复制全文", "撤回"]


def test_wrong_codes_get_one_sentence_and_after_five_so_does_a_right_one(mei, phone, consortium):
    other = phone("Mallory", "666")
    for _ in range(5):
        other.says(WRONG)
        assert other.said[-1] == UNFOUND
    other.says(mei.code)
    assert other.said[-1] == UNFOUND
    other.says(f"/receipt {mei.code}")
    assert other.said[-1] == UNFOUND
    other.now = NOW + timedelta(minutes=61)
    other.says(mei.code)
    assert other.screen.startswith("《门诊问卷》")
    mei.says(mei.code)  # the other's tries are not hers
    assert mei.screen.startswith("《门诊问卷》")


def test_malformed_code_after_the_command_is_a_wrong_one(phone, consortium):
    other = phone("Mallory", "666")
    for words in ("/receipt x", "/receipt ' or 1=1", "/receipt 好"):
        other.says(words)
        assert other.said[-1] == UNFOUND, words


def test_code_is_kept_nowhere(mei, consortium):
    mei.says(mei.code)
    mei.taps("撤回")
    stored = everything_stored(consortium)
    assert mei.code.encode() not in stored
    assert mei.code.replace("-", "").encode() not in stored
    with consortium.transaction() as session:
        assert set(session.scalars(select(HandledUpdate.outcome))) == {"done"}


def test_code_in_the_middle_of_another_survey_is_no_answer(mei, ticket, consortium):
    mei.starts(ticket())
    for label in ("同意并开始（我已满14周岁）", "非常满意", "跳过", "同意，我来写"):
        mei.taps(label)
    for words in (mei.code, mei.code.lower(), f" {mei.code.replace('-', ' ')} "):
        if not any(each.isdecimal() for each in words) or not any(each.isalpha() for each in words):
            continue  # one code in a hundred has no figure: it takes the command
        mei.says(words)
        assert mei.screen.startswith("《门诊问卷》\n人民医院")
    mei.says("CLEAN TOILETS")  # twelve letters of the code's alphabet
    with consortium.transaction() as session:
        found = session.scalars(select(Answer.value).where(Answer.question_id == "comment")).all()
    assert sorted(found) == ["CLEAN TOILETS", "医生 <很> 耐心"]


def test_wrong_code_in_the_middle_of_a_survey_stays_there(mei, ticket, consortium):
    mei.starts(ticket())
    mei.taps("同意并开始（我已满14周岁）")
    mei.says("7Q2M-0KXD-94TB")
    assert mei.said[-1] == UNFOUND
    assert mei.screen.startswith("第 1 题")


def test_buttons_of_one_chat_are_worthless_in_another_and_forged_ones_expire(mei, phone, consortium):
    mei.says(mei.code)
    group = phone("Li", "301", chat="-500", title="群")
    group.shows(mei.message, None)
    group.taps("撤回")
    assert group.toast == explain("zh", DomainError("button_expired"))
    for action in (("r",), ("r", "x"), ("r", "q", mei.code.replace("-", "")), ("r", "v", "0" * 12)):
        mei.does(mei.tap(mei.newest, Button("x", action)))
        assert mei.toast in (UNFOUND, explain("zh", DomainError("button_expired")))
    assert state(consortium) == "sent"
    group.says("/receipt")
    assert group.said[-1] == explain("zh", DomainError("only_in_private"))


def test_repeated_update_shows_the_answers_again(mei):
    mei.says(mei.code)
    mei.again()
    assert mei.said[-1].startswith("《门诊问卷》")
    mei.taps("撤回")
    mei.again()
    assert mei.buttons == ["复制全文", "撤回"]


def test_receipt_speaks_the_language_of_the_chat(mei):
    mei.says("/language")
    mei.taps("English")
    mei.says(mei.code)
    assert mei.screen.startswith("Outpatient survey\nPeople's Hospital\nSent 2026-10-08 10:00")
    assert "▸ Very satisfied" in mei.screen
    assert mei.buttons == ["Copy everything", "Withdraw"]
