"""Lists of visits in chat: looked over, invited whole with one button, given back with links; and every wrong turn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.models import HandledUpdate
from consortium.models import Installation, Role
from locales.errors import DomainError, explain
from locales.texts import text
from surveys.fielding.models import VisitList
from surveys.fielding.visit_files import LARGEST_FILE
from surveys.fielding.visit_lists import LIFETIME
from surveys.models import Invitation, Ticket
from surveys.responses import open_ticket
from tests.bot.phone import SECRET, everything_stored
from tests.cast import NOW
from tests.consortium.workbooks import xlsx

HEADER = "visit,kind,discharged_at,language\n"
ROWS = "V-901,outpatient,2026-10-06 10:00,zh\nV-902,outpatient,2026-10-06 11:00,en\n"


def csv(rows: str = ROWS) -> bytes:
    return (HEADER + rows).encode()


def sentence(code: str, language: str = "zh", **details: object) -> str:
    return explain(language, DomainError(code, **details))


@pytest.fixture
def li(phone, bind):
    """A representative of one unit."""
    li = phone("Li", "401")
    bind(li, "li")
    return li


@pytest.fixture
def chen(phone, bind):
    """Of the office: every unit is theirs."""
    chen = phone("Chen", "301")
    bind(chen, "chen")
    return chen


@pytest.fixture
def book():
    """Makes a workbook of the lines of a CSV."""
    return lambda lines: xlsx(list=[line.split(",") for line in lines.splitlines()])


def invited(database) -> list[tuple[str, str]]:
    with database.transaction() as session:
        rows = session.execute(select(Invitation.unit_code, Invitation.visit).order_by(Invitation.visit))
        return [tuple(row) for row in rows]


def kept(database) -> int:
    with database.transaction() as session:
        return session.scalars(select(func.count()).select_from(VisitList)).one()


def test_a_representative_sends_a_list_and_gets_it_back_with_a_link_per_visit(li, consortium):
    li.sends_file("名单.csv", csv())
    assert li.screen.startswith("人民医院的就诊名单，共 2 行：新邀请 2。\n\n还没有邀请任何人。")
    assert li.buttons == ["邀请", "不邀请"]
    assert (invited(consortium), kept(consortium), li.tables) == ([], 1, [])
    li.taps("邀请")
    assert invited(consortium) == [("jia", "V-901"), ("jia", "V-902")]
    assert li.screen.startswith("人民医院的就诊名单已经处理，共 2 行：新邀请 2。")
    assert li.buttons == ["再取 CSV", "再取 XLSX", "‹ 主菜单"]
    [table] = li.tables
    assert (table.name, table.form) == ("links-jia-20261008.csv", "csv")
    assert table.caption.startswith("人民医院：2 行中有 2 行带问卷链接。")
    assert [row[0] for row in table.rows] == ["V-901", "V-902"]
    addresses = [row[4] for row in table.rows]
    assert all(each.startswith("https://tongping.example/s/") for each in addresses)
    with consortium.transaction() as session:
        ticket = addresses[1].rpartition("/")[2]
        assert open_ticket(session, ticket=ticket, mode="page", new_id="r1", now=NOW).language == "en"


def test_the_file_comes_back_in_the_form_it_came_in(li, book):
    li.sends_file("名单.XLSX", book(HEADER + ROWS), mime="application/octet-stream")
    li.taps("邀请")
    assert [(each.name, each.form) for each in li.tables] == [("links-jia-20261008.xlsx", "xlsx")]
    li.taps("再取 CSV")
    assert li.tables[1].form == "csv"
    assert {row[4] for row in li.tables[0].rows} & {row[4] for row in li.tables[1].rows} == set()


def test_whoever_speaks_for_several_units_is_asked_which(chen, consortium):
    chen.sends_file("list.csv", csv())
    assert chen.screen == "这份名单是哪个单位的？"
    assert chen.buttons[:3] == ["人民医院", "二院", "社区中心"]
    assert kept(consortium) == 0
    chen.taps("二院")
    assert chen.toast is None or chen.toast.startswith("正在核对")
    assert chen.screen.startswith("二院的就诊名单，共 2 行")
    chen.taps("邀请")
    assert invited(consortium) == [("yi", "V-901"), ("yi", "V-902")]


def test_a_unit_that_is_not_ones_own_cannot_be_chosen(chen, li, consortium):
    chen.sends_file("list.csv", csv())
    with consortium.transaction() as session:
        session.execute(update(Role).where(Role.person_id == "chen").values(role="auditor"))
    chen.taps("二院")
    assert chen.toast == sentence("visits_not_yours")
    assert (kept(consortium), invited(consortium)) == (0, [])


def test_the_file_was_deleted_before_the_unit_was_chosen(chen):
    chen.sends_file("list.csv", csv())
    chen.answered.clear()
    chen.taps("人民医院")
    assert chen.toast == sentence("visits_file_gone")


def test_known_and_repeated_visits_are_counted_and_not_invited_again(li, consortium):
    li.sends_file("a.csv", csv())
    li.taps("邀请")
    li.sends_file("b.csv", csv(ROWS + "V-903,outpatient,2026-10-06 12:00,zh\n" * 2))
    assert "共 4 行：新邀请 1，已上报过 2，名单内重复 1。" in li.screen
    li.taps("邀请")
    assert [visit for _, visit in invited(consortium)] == ["V-901", "V-902", "V-903"]
    assert [bool(row[4]) for row in li.tables[1].rows] == [False, False, True, False]


def test_a_list_without_anything_new_asks_nothing(li, consortium):
    li.sends_file("a.csv", csv())
    li.taps("邀请")
    li.sends_file("b.csv", csv())
    assert li.said[-1].endswith("没有新的就诊，不用邀请。")
    assert kept(consortium) == 1


def test_one_bad_row_and_nobody_is_invited_every_fault_named_by_row_and_column(li, consortium):
    li.sends_file("a.csv", csv(ROWS + "V-904,outpatient,gestern,zh\nV-905,outpatient,2026-10-06 10:00,fr\n"))
    lines = li.said[-1].splitlines()
    assert lines[0] == "人民医院的就诊名单没有收下，一个也没有邀请："
    assert lines[1].startswith("• 第 4 行 discharged_at：")
    assert lines[2].startswith("• 第 5 行 language：")
    assert lines[3] == "请改正后把整份文件重新发来。"
    assert (kept(consortium), invited(consortium)) == (0, [])


def test_of_many_faults_the_first_are_named_and_the_others_counted(li):
    li.sends_file("a.csv", csv("".join(f"V{n},outpatient,?,zh\n" for n in range(100))))
    assert li.said[-1].count("•") == 15
    assert li.said[-1].splitlines()[-2] == "另有 85 处没有列出。"
    li.sends_file("a.csv", csv("".join(f"V{n},outpatient,?,zh\n" for n in range(4000))))
    assert li.said[-1].splitlines()[-2] == "另有至少 185 处没有列出。"


def test_not_inviting_after_all(li, consortium):
    li.sends_file("a.csv", csv())
    li.taps("不邀请")
    assert li.screen == "已放弃这份名单，没有邀请任何人。"
    assert (kept(consortium), invited(consortium)) == (0, [])


def test_a_second_press_invites_nobody_and_hands_out_nothing(li, consortium):
    li.sends_file("a.csv", csv())
    li.taps_twice("邀请")
    assert li.toast == "这份名单已经邀请过了；要再取链接，请按下面的按钮。"
    assert (len(li.tables), len(invited(consortium))) == (1, 2)
    with consortium.transaction() as session:
        assert session.scalars(select(func.count()).select_from(Ticket)).one() == 2


def test_cancelling_an_invited_list_changes_nothing(li, consortium):
    li.sends_file("a.csv", csv())
    place, cancel = li.find("不邀请")
    late = li.tap(place, cancel)
    li.taps("邀请")
    li.does(late)
    assert li.toast == "这份名单已经邀请，不能再放弃。"
    assert (kept(consortium), len(invited(consortium))) == (1, 2)


def test_a_press_after_the_lists_time_and_of_a_list_that_gave_way_says_so(li, consortium):
    li.sends_file("a.csv", csv())
    old = li.tap(*li.find("邀请"))
    li.sends_file("b.csv", csv("V-909,outpatient,2026-10-06 10:00,zh\n"))
    li.does(old)
    assert li.toast == sentence("visit_list_gone")
    li.now = NOW + LIFETIME
    li.taps("邀请")
    assert li.toast == sentence("visit_list_gone")
    assert (invited(consortium), li.tables) == ([], [])


def test_what_was_reported_meanwhile_is_known_when_the_button_comes(li, chen, consortium):
    li.sends_file("a.csv", csv())
    chen.sends_file("same.csv", csv())
    chen.taps("人民医院")
    chen.taps("邀请")
    li.taps("邀请")
    assert "共 2 行：新邀请 0，已上报过 2。" in li.screen
    assert [row[4] for row in li.tables[0].rows] == ["", ""]
    assert len(invited(consortium)) == 2


def test_a_role_that_is_gone_invites_nobody(li, consortium):
    li.sends_file("a.csv", csv())
    with consortium.transaction() as session:
        session.execute(update(Role).where(Role.person_id == "li").values(role="auditor", unit_code=None))
    li.taps("邀请")
    assert li.toast in {sentence("visit_list_gone"), sentence("not_allowed")}
    assert invited(consortium) == []


@pytest.mark.parametrize(
    ("name", "mime"),
    [("report.pdf", "text/csv"), ("list.xls", "application/vnd.ms-excel"), ("list", "application/pdf"), ("", ""),
     ("list.csv.exe", "text/csv")],
)  # fmt: skip
def test_what_is_no_table_is_refused_before_it_is_fetched(li, name, mime):
    li.sends_file(name, b"%PDF", mime=mime)
    assert li.said[-1] == sentence("visits_wrong_type")


def test_a_name_without_an_ending_is_judged_by_its_type(li):
    li.sends_file("名单", csv(), mime="text/csv; charset=utf-8")
    assert li.buttons == ["邀请", "不邀请"]


def test_too_large_is_refused_before_it_is_fetched(li):
    li.contents.clear()
    li.sends_file("a.csv", b"", size=LARGEST_FILE + 1)
    assert li.said[-1] == sentence("visits_too_large", limit=4)


def test_without_an_address_no_list_is_taken(li, consortium):
    li.public_url = None
    li.sends_file("a.csv", csv())
    assert li.said[-1] == sentence("visits_no_address")
    li.public_url = "https://tongping.example"
    li.sends_file("a.csv", csv())
    li.public_url = None
    li.taps("邀请")
    assert li.toast == sentence("visits_no_address")
    assert invited(consortium) == []


def test_where_patients_may_not_chat_lists_are_taken_on_the_page_only(li, consortium):
    li.sends_file("a.csv", csv())
    with consortium.transaction() as session:
        row = session.get_one(Installation, 1)
        row.review = {**row.review, "patients": {"chat": False}}
    li.taps("邀请")
    assert li.toast == sentence("visits_on_page_only")
    li.sends_file("a.csv", csv())
    assert li.said[-1] == sentence("visits_on_page_only")
    li.says("/visits")
    assert li.said[-1] == text("zh", "visits.on_page")
    assert (invited(consortium), li.tables) == ([], [])


def test_strangers_and_patients_are_told_that_files_are_not_for_them(phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.sends_file("a.csv", csv())
    assert mei.said == [sentence("visits_not_yours")]
    mei.starts(ticket())
    mei.taps("同意并开始（我已满14周岁）")
    question = mei.screen
    mei.sends_file("a.csv", csv())
    assert sentence("only_words_and_buttons") in mei.said
    assert mei.screen == question
    assert kept(consortium) == 0


def test_in_a_group_a_list_is_not_taken(phone, bind, li, consortium):
    group = phone("Li", "401", chat="-77", title="群")
    group.sends_file("a.csv", csv())
    assert group.said == [sentence("visits_only_in_private")]
    assert kept(consortium) == 0


def test_a_repeated_update_looks_the_same_file_over_again_and_keeps_one_list(li, consortium):
    li.sends_file("a.csv", csv())
    li.again()
    assert kept(consortium) == 1
    li.taps("邀请")
    li.again()
    assert (len(li.tables), len(invited(consortium))) == (1, 2)
    assert li.buttons == ["再取 CSV", "再取 XLSX", "‹ 主菜单"]


def test_the_menu_and_the_command_say_how(li, phone, bind, consortium):
    li.says("/start")
    li.taps("就诊名单")
    assert li.screen.startswith("请把就诊名单作为文件发到这里：CSV 或 XLSX，不超过 4 MB，首行写列名：visit, kind,")
    li.says("/visits")
    assert li.said[-1] == li.screen
    wang = phone("Wang", "402", language="en")
    bind(wang, "wang")
    with consortium.transaction() as session:
        session.execute(update(Role).where(Role.person_id == "wang").values(role="auditor", unit_code=None))
    wang.says("/start")
    assert "Visit lists" not in wang.buttons
    wang.says("/visits")
    assert wang.said[-1] == sentence("visits_not_yours", "en")


def test_english_speakers_read_english(phone, bind, consortium):
    wang = phone("Wang", "402", language="en")
    bind(wang, "wang")
    wang.sends_file("a.csv", csv())
    assert wang.buttons == ["Invite", "Do not invite"]
    assert ", 2 rows: " in wang.screen


def test_no_link_and_no_person_is_stored_and_updates_keep_nothing_of_the_file(li, consortium):
    rows = "V-901,outpatient,2026-10-06 10:00,zh,身份证号-77\n"
    li.sends_file("秘密的名字.csv", ("visit,kind,discharged_at,language,person\n" + rows).encode())
    li.taps("邀请")
    stored = everything_stored(consortium)
    ticket = li.tables[0].rows[0][4].rpartition("/")[2]
    for secret in (ticket, "身份证号-77", "秘密的名字", SECRET.decode()):
        assert secret.encode() not in stored
    with consortium.transaction() as session:
        assert {row.outcome for row in session.scalars(select(HandledUpdate))} == {"done"}


def test_a_broken_rule_between_preview_and_invitation_is_one_sentence(li, consortium):
    li.sends_file("a.csv", csv("V-901,outpatient,2026-10-08 10:00,zh\n"))
    li.now = NOW - timedelta(days=3)  # the clock was set back: the discharge lies ahead
    li.taps("邀请")
    assert li.toast.startswith("离院时间 ")
    assert invited(consortium) == []
