"""Chen at the office's desks: progress, links, accounts that wait, deliveries in doubt; and who may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from consortium.links import token_hash, use_web_link
from consortium.models import Account, Person, Role, SignInLink
from consortium.people import actor_of
from consortium.periods import Period
from locales.errors import DomainError, explain
from outbox.deliveries import claim, enqueue, settle
from outbox.message import Button, Message, from_json
from outbox.models import Delivery
from outbox.outcomes import Uncertain
from reviews.ballots import assignments_of, cast_ballot
from reviews.cooperation import import_cooperation
from reviews.rounds import open_round
from tests.cast import NOW

NOT_ALLOWED = explain("zh", DomainError("not_allowed"))
MONTH = Period.parse("2026-10")


@pytest.fixture
def chen(phone, bind):
    chen = phone("Chen", "201")
    bind(chen, "chen")
    chen.taps("绩效办")
    return chen


@pytest.fixture
def zhao(phone, bind):
    zhao = phone("Zhao", "202")
    bind(zhao, "zhao")
    zhao.taps("绩效办")
    return zhao


def notices(database, address):
    with database.transaction() as session:
        rows = session.scalars(select(Delivery).where(Delivery.address == address).order_by(Delivery.id)).all()
        return [from_json(row.message) for row in rows]


def test_menu_says_what_waits(chen):
    assert chen.screen == "绩效办"
    assert chen.buttons == [
        "本月进度",
        "预警（0）",
        "书面说明（待审 0）",
        "各单位成绩单",
        "协同简报",
        "留存答卷（待定 0）",
        "人员与链接",
        "待确认账号（0）",
        "可能已发出（0）",
        "值班：无",
        "‹ 主菜单",
    ]


def test_progress_names_who_is_missing_and_counts_responses_without_any_figure(chen, phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    for label in ("同意并开始（我已满14周岁）", "不满意", "跳过", "同意，我来写"):
        mei.taps(label)
    mei.says("等太久")
    mei.taps("跳过")
    mei.taps("提交")
    with consortium.transaction() as session:
        pairs = b"unit_a,unit_b,kind,count,period\njia,yi,referral,3,2026-10\n"
        import_cooperation(session, content=pairs, file="pairs.csv", actor="command_line", now=NOW)
        open_round(session, period=MONTH, closes_at=NOW + timedelta(days=5), actor="schedule", now=NOW)
        task = assignments_of(session, period=MONTH, unit_code="jia")[0]
        cast_ballot(
            session, actor=actor_of(session, "li"), assignment_id=task.id, marks="11111", ballot_id="x", now=NOW
        )
    chen.taps("本月进度")
    assert chen.screen == (
        "2026-10 互评：1 家已完成，共 2 家\n截止时间：2026-10-13 10:00\n尚未完成：\n· 二院　0/1\n\n"
        "2026-10 患者答卷：1 份\n· 人民医院　1 份\n· 二院　0 份\n· 社区中心　0 份"
    )
    chen.taps("‹ 绩效办")
    assert chen.screen == "绩效办"


def test_web_link_stands_in_the_reply_and_nowhere_else(chen, consortium):
    chen.taps("人员与链接")
    assert chen.screen == "请选择人员（第 1 页，共 1 页）："
    chen.taps("李敏")
    assert chen.screen == "李敏\n单位代表、人民医院\n还没有绑定 Telegram 账号"
    chen.taps("生成网页登录链接")
    line = chen.said[-1]
    assert line.startswith(
        "李敏 的网页登录链接，10 分钟内有效，只能用一次，请只转给本人：\nhttps://tongping.example/sign-in/"
    )
    token = line.rsplit("/", 1)[1]
    with consortium.transaction() as session:
        assert use_web_link(session, token=token, now=NOW) == "li"
        assert session.scalars(select(Delivery)).all() == []


def test_bind_link_waits_for_a_confirmation_by_another_office_person(chen, phone, consortium):
    chen.taps("人员与链接")
    chen.taps("李敏")
    chen.taps("生成 Telegram 绑定链接")
    address = chen.said[-1].rsplit("\n", 1)[1]
    assert address.startswith("https://t.me/tongping_bot?start=")
    li = phone("Li <b>", "301")
    li.starts(address.rsplit("=", 1)[1])
    assert li.said == ["绑定申请已收到。绩效办确认之后，这里会通知您。"]
    li.says("/start")
    assert li.said[-1] == "绑定申请已收到。绩效办确认之后，这里会通知您。"
    (question,) = notices(consortium, "201")
    assert question.text == "Telegram 账号“Li <b>”（301）打开了 李敏 的绑定链接。是本人吗？"
    chen.shows(question, None)
    chen.taps("确认")
    assert chen.said[-1] == "已确认 李敏 的账号，现在可以使用了。"
    (told,) = notices(consortium, "301")
    assert told.text == "李敏，您好！这个账号已经绑定到您本人，现在可以使用了。"
    li.shows(told, None)
    li.taps("打开菜单")
    assert "互评打分" in li.buttons


def test_refused_account_opens_nothing(chen, phone, consortium):
    chen.taps("人员与链接")
    chen.taps("李敏")
    chen.taps("生成 Telegram 绑定链接")
    impostor = phone("Mallory", "666")
    impostor.starts(chen.said[-1].rsplit("=", 1)[1])
    chen.says("/start")
    chen.taps("绩效办")
    assert "待确认账号（1）" in chen.buttons
    chen.taps("待确认账号（1）")
    chen.taps("1. 拒绝")
    assert "已拒绝，这个账号没有绑定。" in chen.said
    impostor.says("/start")
    assert impostor.said[-1].startswith("您好！这里是医联体的评价机器人。")
    with consortium.transaction() as session:
        assert session.scalars(select(Account).where(Account.account == "666")).all() == []


def test_second_decision_on_an_account_is_said_once(chen, zhao, phone, consortium):
    chen.taps("人员与链接")
    chen.taps("李敏")
    chen.taps("生成 Telegram 绑定链接")
    li = phone("Li", "301")
    li.starts(chen.said[-1].rsplit("=", 1)[1])
    (question,) = notices(consortium, "202")
    zhao.shows(question, None)
    zhao.taps("拒绝")
    chen.shows(question, None)
    chen.taps("确认")
    assert chen.toast == explain("zh", DomainError("account_unknown"))


def test_nobody_confirms_their_own_account(chen, consortium):
    with consortium.transaction() as session:
        session.add(
            Account(
                channel="other", account="x", person_id="chen", display_name="x", requested_at=NOW, confirmed_at=None
            )
        )
    with consortium.transaction() as session:
        row = session.scalars(select(Account.id).where(Account.confirmed_at.is_(None))).one()
    chen.does(chen.tap(chen.newest, Button("x", ("o", "acc", str(row), "y"))))
    assert chen.toast == explain("zh", DomainError("account_own"))


def test_people_are_paged(chen, consortium):
    with consortium.transaction() as session:
        session.add_all([Person(id=f"p{n:02d}", name=f"人员{n:02d}", language="zh", active=True) for n in range(20)])
    chen.taps("人员与链接")
    assert chen.screen == "请选择人员（第 1 页，共 3 页）："
    assert chen.buttons[-2:] == ["下一页 ›", "‹ 绩效办"]
    chen.taps("下一页 ›")
    chen.taps("下一页 ›")
    assert chen.screen == "请选择人员（第 3 页，共 3 页）："
    assert "下一页 ›" not in chen.buttons


def test_links_need_an_address_and_a_bot(consortium, phone, bind):
    from bot.dialogue import Context, respond
    from tests.bot.phone import SECRET

    chen = phone("Chen", "201")
    bind(chen, "chen")
    for kind, code in (("w", "no_public_url"), ("b", "no_bot_name")):
        with consortium.transaction() as session:
            said = chen.tap("1", Button("x", ("o", "lnk", "li", kind)))
            reply = respond(session, said, context=Context(SECRET, NOW))
        assert reply.toast == explain("zh", DomainError(code))
    with consortium.transaction() as session:
        assert session.scalars(select(SignInLink).where(SignInLink.person_id == "li")).all() == []


def doubtful(database, address="201"):
    with database.transaction() as session:
        enqueue(
            session, dedupe_key=f"bulletin:1:{address}", channel="telegram", address=address, kind="bulletin",
            message=Message("机密内容"), now=NOW,
        )  # fmt: skip
        (claimed,) = claim(session, now=NOW, lease=timedelta(minutes=1), limit=1, channel="telegram")
        settle(session, delivery_id=claimed.id, attempt=claimed.attempt, outcome=Uncertain("timeout"), now=NOW)
        return claimed.id


def state(database, delivery):
    with database.transaction() as session:
        return session.get_one(Delivery, delivery).state


def test_doubtful_delivery_is_listed_and_sent_again_or_marked(chen, consortium):
    first, second = doubtful(consortium, "-500"), doubtful(consortium, "-501")
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("可能已发出（2）")
    assert "1. 协同简报 → -500（Telegram），2026-10-08 10:00" in chen.screen
    assert "机密内容" not in chen.screen
    chen.taps("1. 再发一次")
    assert state(consortium, first) == "owed"
    chen.taps("1. 已收到")
    assert state(consortium, second) == "sent"
    assert chen.screen.startswith("没有可能已发出而未确定的消息。")


def test_doubt_resolved_twice_is_refused_the_second_time(chen, consortium):
    delivery = doubtful(consortium)
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("可能已发出（1）")
    chen.taps_twice("1. 再发一次")
    assert chen.toast == explain("zh", DomainError("delivery_not_uncertain"))
    assert state(consortium, delivery) == "owed"


OFFICE_ACTIONS = [
    ("o", "menu"), ("o", "progress"), ("o", "buls", "0"), ("o", "ppl", "0"), ("o", "who", "li"),
    ("o", "lnk", "li", "w"), ("o", "lnk", "li", "b"), ("o", "accs", "0"), ("o", "acc", "1", "y"), ("o", "acc", "1", "n"),
    ("o", "dlvs", "0"), ("o", "dlv", "1", "a"), ("o", "dlv", "1", "s"), ("o", "grp", "1", "b"),
]  # fmt: skip


@pytest.mark.parametrize("who", ["li", "nobody"])
def test_office_buttons_do_nothing_for_others(consortium, phone, bind, who):
    doubtful(consortium, "-500")
    other = phone("Li", "301")
    if who == "li":
        bind(other, "li")
    else:
        other.says("/start")
    before = other.said
    with consortium.transaction() as session:
        links = len(session.scalars(select(SignInLink)).all())
    for action in OFFICE_ACTIONS:
        other.does(other.tap(other.newest, Button("x", action)))
        assert (action, other.toast) == (action, NOT_ALLOWED)
    assert other.said == before
    with consortium.transaction() as session:
        assert len(session.scalars(select(SignInLink)).all()) == links
        assert session.scalars(select(Delivery.state)).all() == ["uncertain"]


def test_role_taken_away_ends_the_office(chen, consortium):
    with consortium.transaction() as session:
        session.execute(delete(Role).where(Role.person_id == "chen"))
    chen.taps("人员与链接")
    assert chen.toast == NOT_ALLOWED
    chen.says("/start")
    assert "绩效办" not in chen.buttons


def test_buttons_that_make_no_sense_are_refused_in_one_sentence(chen):
    before = chen.said
    for action in (
        ("o", "nonsense"), ("o", "acc", "x", "y"), ("o", "acc", "1", "q"), ("o", "dlv", "1", "q"), ("o", "lnk", "li", "z"),
        ("o", "lnk", "nobody", "w"), ("o", "who", "nobody"), ("o", "grp", "9999", "b"), ("o", "grp", "x"), ("x", "y"),
        ("o", "bul", "99"), ("o", "rel", "99", "abc"), ("o", "prop", "99", "abc"),
    ):  # fmt: skip
        chen.does(chen.tap(chen.newest, Button("x", action)))
        assert chen.toast is not None, action
    assert chen.said == before


def test_repeated_update_makes_no_second_link(chen, consortium):
    chen.taps("人员与链接")
    chen.taps("李敏")
    chen.taps("生成网页登录链接")
    chen.again()
    with consortium.transaction() as session:
        assert len(session.scalars(select(SignInLink).where(SignInLink.purpose == "web")).all()) == 1
        assert session.scalars(select(SignInLink.token_hash).where(SignInLink.purpose == "web")).one() == token_hash(
            next(line for line in chen.said if "/sign-in/" in line).rsplit("/", 1)[1]
        )
