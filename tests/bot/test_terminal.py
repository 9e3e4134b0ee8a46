"""The conversation in a terminal, played from lines: numbers for buttons, words for the rest."""

from __future__ import annotations

from sqlalchemy import select

from bot.dialogue import Context
from bot.terminal import converse
from locales.errors import Reask, explain
from outbox.deliveries import enqueue
from outbox.message import Button, Message
from surveys.models import Answer, Response
from tests.cast import NOW


def plays(database, *lines, ticket=None, language="zh", before=None):
    """What the terminal printed; `before` maps the number of a line to something that happens before it is read."""
    shown, given = [], list(lines)

    def read(prompt):
        happening = (before or {}).get(len(lines) - len(given))
        if happening is not None:
            happening()
        if not given:
            raise EOFError
        shown.append(f"{prompt}{given[0]}")
        return given.pop(0)

    converse(
        database=database, context=lambda: Context(b"secret", NOW, "http://127.0.0.1:8000", None), read=read,
        show=shown.append, language=language, ticket=ticket,
    )  # fmt: skip
    return shown


def test_patient_answers_by_numbers_and_words(consortium, ticket):
    shown = plays(consortium, "1", "1", "4", "1", "很好", "4", "/quit", ticket=ticket())
    assert "[1] 同意并开始（我已满14周岁）" in shown
    assert "[3] 不参加  [4] English" in shown
    assert "[1] 非常满意  [2] 一般" in shown
    assert any(line.startswith("谢谢您！") for line in shown)
    assert shown[-1] == "再见。"
    with consortium.transaction() as session:
        assert session.scalars(select(Response.state)).one() == "sent"
        assert dict(session.execute(select(Answer.question_id, Answer.value)).all()) == {
            "clean": "5", "waited": "", "comment": "很好",
        }  # fmt: skip


def test_choosing_who_one_is(consortium):
    shown = plays(consortium, "x", "99", "1", "/who", "5")
    assert shown[:6] == ["您是谁？输入序号：", "[1] 李敏", "[2] 王芳", "[3] 赵磊", "[4] 陈静", "[5] 一位新患者"]
    assert shown.count("没有这个序号，请重新输入。") == 2
    assert "李敏，您好！请选择：" in shown
    assert any(line.startswith("您好！这里是医联体的评价机器人。") for line in shown)
    assert shown[-1] == "再见。"


def test_leaving_at_the_first_question(consortium):
    assert plays(consortium, "/quit", language="en")[-1] == "Goodbye."
    assert plays(consortium)[-1] == "再见。"


def test_toasts_and_numbers_that_are_no_buttons(consortium, ticket):
    shown = plays(consortium, "1", "77", ticket=ticket())
    assert explain("zh", Reask("typed_not_an_option")) in shown  # 77 is words


def test_number_that_is_meant_as_words(consortium, ticket):
    shown = plays(consortium, "1", "=1", ticket=ticket())  # not the first button
    assert explain("zh", Reask("typed_not_an_option")) in shown


def test_what_is_delivered_appears_and_its_buttons_count_on(consortium):
    def notice():
        with consortium.transaction() as session:
            message = Message("有新通知", ((Button("打开", ("m", "help")),),), picture="bulletin:1:zh", alt="排名图")
            enqueue(
                session, dedupe_key="k", channel="local", address="person:li", kind="notice", message=message, now=NOW
            )

    shown = plays(consortium, "1", "", "9", before={1: notice})
    assert shown[shown.index("有新通知") + 1 :][:2] == ["［图片］排名图", "[9] 打开"]
    assert any("逐项打 1 到 5 分" in line for line in shown)


def test_wrong_ticket_is_said_and_the_talk_goes_on(consortium):
    shown = plays(consortium, "/help", ticket="nonsense")
    assert any(line.startswith("这个问卷链接无效") for line in shown)
    assert any(line.startswith("打开医院发给您的问卷链接") for line in shown)
