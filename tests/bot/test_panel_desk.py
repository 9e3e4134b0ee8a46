"""An marks in chat: indicator by indicator, marks in the buttons, sealed when sent; and what others are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from consortium.models import Role, SignInLink
from consortium.people import actor_of
from consortium.periods import Period
from evaluation.panel import hand_in_month_evidence
from locales.errors import DomainError, explain
from outbox.message import Button
from reviews.ballot_store import stored_ballots
from reviews.panel_models import PanelTask
from reviews.panel_rounds import close_panel
from reviews.sealing import receipt_of, unseal
from tests.bot.phone import everything_stored
from tests.cast import NOW
from tests.panel_town import CORE, found_panel_town, marks_everything, open_panel_in, panel_keys
from tests.reviews.evidence_files import PDF

OCTOBER = Period(2026, month=10)
STORE = "ballots_panel_2026_10"
NOT_ALLOWED = explain("zh", DomainError("not_allowed"))


@pytest.fixture
def town(consortium):
    with consortium.transaction() as session:
        found_panel_town(session, NOW, low={"zh": "没有", "en": "none"}, high={"zh": "全有", "en": "all"})
        for number in range(8):
            hand_in_month_evidence(
                session, actor=actor_of(session, "chen"), period=OCTOBER, unit_code="jia", indicator=CORE,
                name=f"材料{number}.pdf", content=PDF + bytes([number]), new_id=f"file{number}", now=NOW,
            )  # fmt: skip
        open_panel_in(session, OCTOBER, NOW, NOW + timedelta(days=12))
    return consortium


@pytest.fixture
def an(town, phone, bind):
    an = phone("An", "401")
    bind(an, "an")
    return an


def ballots(database):
    with database.transaction() as session:
        contents = [unseal(panel_keys()[0], each) for each in stored_ballots(session, STORE)]
    return [(each.rater, each.target, each.marks, each.counter) for each in contents]


def test_the_menu_leads_to_the_units(an):
    assert "专家评分" in an.buttons
    an.taps("专家评分")
    assert an.screen == "2026-10 专家评分\n已完成 0 / 2 家\n截止：2026-10-20 10:00\n\n请选择一家单位："
    assert an.buttons == ["人民医院", "二院", "在网页上看佐证材料并评分", "‹ 主菜单"]


def test_only_experts_have_the_entry(town, phone, bind):
    for person in ("chen", "li", "gao"):
        other = phone(person, f"9{person}")
        bind(other, person)
        assert "专家评分" not in other.buttons


def test_an_indicator_shows_anchors_and_the_names_of_its_files(an):
    an.taps("专家评分")
    an.taps("人民医院")
    assert an.screen == (
        "人民医院（第 1 / 1 项）\n\n核心制度落实率\n对照佐证材料和现场所见，这项工作做得如何？\n\n1 分：没有\n5 分：全有\n\n佐证材料：\n"
        + "\n".join(f"· 材料{number}.pdf（1 KB）" for number in range(6))
        + "\n……共 8 份"
    )
    assert an.buttons == ["1", "2", "3", "4", "5", "没有依据，不评", "返回单位列表"]
    an.taps("返回单位列表")
    an.taps("二院")
    assert an.screen.endswith("这项指标没有提交佐证材料。")


def test_from_the_first_tap_to_the_receipt(an, town):
    an.taps("专家评分")
    an.taps("人民医院")
    an.taps("4")
    assert an.screen.startswith("人民医院：请核对后提交\n\n1. 核心制度落实率：4\n\n按序号可修改。")
    an.taps("1")
    assert "✓ 4" in an.buttons
    an.taps("没有依据，不评")
    assert "1. 核心制度落实率：没有依据，不评" in an.screen
    assert ballots(town) == []
    an.taps("1")
    an.taps("5")
    an.taps("封存并提交")
    assert ballots(town) == [("an", "jia", "5", 1)]
    with town.transaction() as session:
        receipt = receipt_of(stored_ballots(session, STORE)[0])
    assert any(f"回执：{receipt}" in each.text for each in an.messages.values())
    assert an.screen.startswith("二院（第 1 / 1 项）")


def test_after_the_last_unit_comes_the_list(an):
    an.taps("专家评分")
    for unit in ("人民医院", "二院"):
        an.taps(unit) if unit in an.buttons else None
        an.taps("3")
        an.taps("封存并提交")
    assert an.screen.endswith("全部完成，谢谢。截止前仍可重新评分。")
    assert an.buttons[:2] == ["✓ 人民医院", "✓ 二院"]


def test_a_second_tap_sends_nothing(an, town):
    an.taps("专家评分")
    an.taps("人民医院")
    an.taps("3")
    an.taps_twice("封存并提交")
    assert ballots(town) == [("an", "jia", "3", 1)]


def test_a_repeated_update_sends_nothing(an, town):
    an.taps("专家评分")
    an.taps("人民医院")
    an.taps("3")
    an.taps("封存并提交")
    an.again()
    assert ballots(town) == [("an", "jia", "3", 1)]
    assert an.screen.startswith("2026-10 专家评分\n已完成 1 / 2 家")


def test_a_ballot_is_replaced_as_a_whole(an, town):
    for mark in ("3", "5"):
        an.starts()
        an.taps("专家评分")
        an.taps("人民医院" if "人民医院" in an.buttons else "✓ 人民医院")
        an.taps(mark)
        an.taps("封存并提交")
    assert sorted(ballots(town)) == [("an", "jia", "3", 1), ("an", "jia", "5", 2)]


def test_nothing_is_stored_before_it_is_sent(an, town):
    an.taps("专家评分")
    an.taps("人民医院")
    before = everything_stored(town)
    an.taps("2")
    after = everything_stored(town)
    assert b":2:" not in after.replace(before, b"")
    assert ballots(town) == []


def tap_of(device, *action):
    """A button that carries this, signed for this chat: what somebody may find in another's chat and try."""
    return device.does(device.tap(next(iter(device.messages)), Button("x", action)))


def test_buttons_for_other_tasks_or_with_nonsense_do_nothing(an, town):
    with town.transaction() as session:
        others = session.scalars(select(PanelTask.id).where(PanelTask.person_id == "bo")).first()
        own = session.scalars(select(PanelTask.id).where(PanelTask.person_id == "an")).first()
    an.taps("专家评分")
    for action in (
        ("e", "m", str(others), "4"), ("e", "c", "999999", "", "0"), ("e", "m", str(own), "6"), ("e", "m", str(own), "44"),
        ("e", "c", str(own), "", "7"), ("e", "x", str(own), "_", "0"), ("e", "x", str(own), "4", "x"), ("e", "z"),
        ("e", "c", "x"), ("e", "x", str(own), "4", "3"),
    ):  # fmt: skip
        tap_of(an, *action)
        assert an.toast
    assert ballots(town) == []


def test_a_role_that_has_gone_is_refused_at_the_next_tap(an, town):
    an.taps("专家评分")
    an.taps("人民医院")
    with town.transaction() as session:
        session.execute(delete(Role).where(Role.person_id == "an"))
    an.taps("4")
    assert an.toast == NOT_ALLOWED


def test_after_the_panel_has_closed_nothing_is_taken(an, town):
    an.taps("专家评分")
    an.taps("人民医院")
    an.taps("4")
    with town.transaction() as session:
        close_panel(session, period=OCTOBER, actor="person:chen", now=NOW + timedelta(hours=1))
    an.taps("封存并提交")
    assert an.toast == explain("zh", DomainError("panel_closed", period="2026-10", closed_at="2026-10-08 11:00"))
    assert ballots(town) == []
    an.starts()
    an.taps("专家评分")
    assert an.screen == "现在没有开放的专家评分。"


def test_the_button_to_the_page_makes_a_fresh_link(an, town):
    an.taps("专家评分")
    an.taps("在网页上看佐证材料并评分")
    (link,) = [each.text for each in an.messages.values() if "https://tongping.example/sign-in/" in each.text]
    assert link.endswith("?to=/panel")
    with town.transaction() as session:
        assert session.scalars(select(SignInLink.purpose).where(SignInLink.person_id == "an")).all().count("web") == 1


def test_replies_do_not_depend_on_what_others_marked(an, town):
    seen = []
    for mark in "15":
        with town.transaction() as session:
            marks_everything(session, OCTOBER, "bo", mark, NOW)
        an.starts()
        an.taps("专家评分")
        an.taps("人民医院")
        seen.append(an.screen)
    assert seen[0] == seen[1]


def test_bo_is_spoken_to_in_english(town, phone, bind):
    bo = phone("Bo", "402", language="en")
    bind(bo, "bo")
    bo.taps("Expert panel")
    assert bo.screen.startswith("Expert panel of 2026-10\n0 of 2 units done")


def test_somebody_of_the_unit_is_not_asked_about_it(town, phone, bind):
    du = phone("Du", "404")
    bind(du, "du")
    du.taps("专家评分")
    assert du.buttons[:1] == ["人民医院"]
    assert "二院" not in du.buttons
