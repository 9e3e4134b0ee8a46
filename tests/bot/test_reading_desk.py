"""Li enters 人民医院's figures in chat: what is missing, a number, one look, kept; a photo as its evidence; wrong turns."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from consortium.models import Role
from evaluation.models import LateReading, Reading, Settlement
from evaluation.schemes import apply_scheme
from locales.errors import DomainError, Reask, explain
from reviews.panel_evidence import LARGEST_EVIDENCE
from reviews.panel_models import EvidenceFile
from tests.cast import NOW
from tests.evaluation.cast import changed, example
from tests.reviews.evidence_files import PDF

JPEG = b"\xff\xd8\xff\xe0 a photo"
SEPTEMBER = "2026-09"


@pytest.fixture
def town(consortium):
    """September is collected; new techniques need evidence."""
    with consortium.transaction() as session:
        document = changed(example(), "indicators.new_techniques.evidence", True)
        apply_scheme(session, document=document, now=NOW)
    return consortium


@pytest.fixture
def li(town, phone, bind):
    li = phone("Li", "401")
    bind(li, "li")
    return li


def figures(database):
    with database.transaction() as session:
        rows = session.scalars(select(Reading).order_by(Reading.indicator))
        return [(row.scope, row.period, row.indicator, str(row.value), row.origin, row.recorded_by) for row in rows]


def sentence(code, **details):
    return explain("zh", DomainError(code, **details))


def opens(li, name):
    li.taps("填报指标（缺 9 项）")
    if name not in li.buttons:
        li.taps("下一页 ›")
    li.taps(name)


def settles(database, *months):
    with database.transaction() as session:
        for number, month in enumerate(months, start=1):
            session.add(Settlement(period=month, sequence=number, settled_at=NOW, settled_by="x", scheme_year=2026,
                                   scheme_version=1, digest="d", previous_digest=None if number == 1 else "d"))  # fmt: skip


def test_a_number_is_written_looked_at_and_kept(li, town):
    li.taps("填报指标（缺 9 项）")
    assert li.screen == ("人民医院 2026年9月\n已有 0 / 9 项，缺 9 项。请在 2026-10-08 前报来\n\n请选择要填报的指标：")
    li.taps("下转率")
    assert "现有：—" in li.screen
    li.says("８１ / 600")
    assert "您写的是：81 ÷ 600 = 13.5 %" in li.screen
    assert figures(town) == []
    li.taps("保存")
    assert li.screen == "人民医院 2026年9月\n下转率：81 ÷ 600 = 13.5 %\n已保存。"
    assert figures(town) == [("jia", SEPTEMBER, "down_referral", "27/2", "typed", "person:li")]
    li.taps("‹ 指标列表")
    assert "已有 1 / 9 项，缺 8 项。" in li.screen
    assert "下转率" not in li.buttons
    li.taps("全部指标")
    assert "✓ 下转率" in li.buttons


def test_the_next_missing_figure_is_one_tap_away(li, town):
    opens(li, "下转率")
    li.says("81/600")
    li.taps("保存")
    li.taps("下一项")
    li.says("20")
    li.taps("保存")
    assert len(figures(town)) == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [("abc", "figure_unreadable"), ("13,5", "figure_unreadable"), ("1/-2", "figure_denominator_negative"),
     ("=1+1", "figure_unreadable"), ("9" * 200, "figure_unreadable")],
)  # fmt: skip
def test_what_is_no_number_is_one_sentence_and_asked_again(li, town, words, code):
    opens(li, "下转率")
    li.says(words)
    assert li.said[-1] == explain("zh", Reask(code))
    li.says("13.5")
    li.taps("保存")
    assert figures(town)[0][3] == "27/2"


def test_a_second_tap_keeps_nothing_twice_and_an_old_screen_keeps_nothing_else(li, town):
    opens(li, "下转率")
    li.says("81/600")
    old = li.newest
    li.says("80/600")
    li.taps("保存", ref=old)
    assert li.toast == sentence("button_expired")
    assert figures(town) == []
    li.taps_twice("保存")
    assert [row[3] for row in figures(town)] == ["40/3"]
    li.again()
    assert [row[3] for row in figures(town)] == ["40/3"]
    assert li.screen.startswith("人民医院 2026年9月\n下转率：80 ÷ 600")


def test_more_than_all_is_asked_about(li):
    opens(li, "下转率")
    li.says("601/600")
    assert "分子大于分母，请核对。" in li.screen


def test_cancel_asks_no_more(li, town):
    opens(li, "下转率")
    li.taps("不填了")
    li.says("13.5")
    assert figures(town) == []
    assert "您写的是" not in li.said[-1]


def test_a_figure_is_changed_and_the_old_one_is_shown_before(li, town):
    opens(li, "下转率")
    li.says("81/600")
    li.taps("保存")
    li.taps("‹ 指标列表")
    li.taps("全部指标")
    li.taps("✓ 下转率")
    assert "现有：81 ÷ 600 = 13.5" in li.screen
    li.says("82/600")
    assert "原来是：81 ÷ 600 = 13.5" in li.screen
    li.taps("保存")
    assert li.screen.endswith("已更正。")


def test_a_photo_proves_a_figure(li, town):
    """Rule 16: it waits for the office then."""
    opens(li, "新技术、新项目数")
    li.says("2")
    li.taps("保存")
    assert "需要佐证并经绩效办审核" in li.screen
    li.taps("提交佐证")
    assert li.screen.startswith("请现在发来佐证材料")
    li.says("在这里")
    assert li.screen.startswith("请现在发来佐证材料")
    li.sends_photo(JPEG)
    assert "佐证材料已收到，等绩效办审核。" in li.said[-1]
    li.sends_file("证书.pdf", PDF, mime="application/pdf")
    with town.transaction() as session:
        reading = session.scalars(select(Reading)).one()
        kept = {file.id: (file.kind, file.name) for file in session.scalars(select(EvidenceFile))}
    assert sorted(kept.values()) == [("jpg", "photo.jpg"), ("pdf", "证书.pdf")]
    assert kept[reading.evidence][0] == "pdf"


def test_files_that_cannot_be_evidence_are_refused(li, town):
    opens(li, "新技术、新项目数")
    li.says("2")
    li.taps("保存")
    li.taps("提交佐证")
    li.sends_file("big.pdf", PDF, mime="application/pdf", size=LARGEST_EVIDENCE + 1)
    assert li.said[-1] == sentence("evidence_too_large", limit=10)
    li.sends_file("renamed.pdf", b"MZ no pdf", mime="application/pdf")
    assert li.said[-1] == sentence("evidence_type_unknown")
    li.sends_file("visits.csv", b"visit,kind,discharged_at,language\nV-1,outpatient,2026-10-06 10:00,zh\n")
    assert li.screen.startswith("人民医院的就诊名单")  # a list is a list
    with town.transaction() as session:
        assert session.scalars(select(EvidenceFile)).all() == []


def test_a_photo_that_nobody_asked_for_is_no_evidence(li, town):
    li.sends_photo(JPEG)
    with town.transaction() as session:
        assert session.scalars(select(EvidenceFile)).all() == []


def test_the_month_is_settled_meanwhile_and_the_figure_counts_in_the_next(li, town):
    opens(li, "下转率")
    li.says("81/600")
    settles(town, SEPTEMBER)
    li.taps("保存")
    assert li.screen.endswith("已保存；该月已结算，计入 2026-10。")
    with town.transaction() as session:
        assert [row.counted_in for row in session.scalars(select(LateReading))] == ["2026-10"]
    assert figures(town) == []


def test_once_september_is_settled_october_is_asked_for(li, town):
    settles(town, SEPTEMBER)
    li.starts()
    opens(li, "下转率")
    assert li.screen.startswith("人民医院 2026年10月")


def test_another_month_can_be_chosen(li):
    li.taps("填报指标（缺 9 项）")
    li.taps("其他月份")
    assert li.buttons == ["2026年10月", "2026年9月", "2026年8月", "2026年7月", "‹ 主菜单"]
    li.taps("2026年8月")
    assert li.screen.startswith("人民医院 2026年8月")


def test_who_lost_the_role_enters_nothing(li, town):
    opens(li, "下转率")
    li.says("81/600")
    with town.transaction() as session:
        session.execute(delete(Role).where(Role.person_id == "li"))
    li.taps("保存")
    assert li.toast == sentence("not_allowed")
    li.says("82/600")
    assert figures(town) == []


def test_others_have_no_entry(town, phone, bind):
    for person in ("chen", "zhao"):
        other = phone(person, f"9{person}")
        bind(other, person)
        assert not any("填报指标" in button for button in other.buttons)


def test_without_a_scheme_there_is_no_entry(consortium, phone, bind):
    li = phone("Li", "401")
    bind(li, "li")
    assert not any("填报指标" in button for button in li.buttons)


def test_what_a_system_brought_is_not_overwritten_in_chat(li, town):
    with town.transaction() as session:
        session.add(Reading(scope="jia", unit_code="jia", period=SEPTEMBER, indicator="down_referral", value=9,
                            origin="auto", recorded_at=NOW, recorded_by="api:his", digest="d"))  # fmt: skip
    li.taps("填报指标（缺 9 项）")
    li.taps("全部指标")
    li.taps("✓ 下转率")
    li.says("10")
    li.taps("保存")
    assert li.toast == sentence("entry_of_system")
    assert figures(town)[0][3:5] == ("9", "auto")


def test_english_speaks_english(li):
    li.says("/language")
    li.taps("English")
    assert any(button.startswith("Enter figures (") for button in li.buttons)
    li.taps(next(button for button in li.buttons if button.startswith("Enter figures")))
    assert "due by 2026-10-08" in li.screen
