"""Lists of visits through the Telegram door: fetched within limits, read apart, given back as a file; and what goes wrong."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
import structlog
from openpyxl import load_workbook
from sqlalchemy import func, select

from bot import telegram_replies
from consortium.links import BIND, make_link, new_token
from locales.errors import DomainError, explain
from storage.base import Base
from surveys.fielding.models import VisitList
from surveys.fielding.visit_files import LARGEST_FILE
from surveys.models import Invitation
from tests.bot.inbound_thread import Door, polling
from tests.bot.test_visit_desk import HEADER, ROWS
from tests.cast import NOW
from tests.consortium.workbooks import xlsx
from tests.telegram_double import AnswerLost, ClosedBefore, Garbled, ServerError, Stall, TelegramDouble, TooMany

TABLE = (HEADER + ROWS).encode()
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def tg() -> Iterator[TelegramDouble]:
    with TelegramDouble(webhook_retry=0.01) as double:
        yield double


@pytest.fixture
def joins(tg, consortium):
    """Somebody of the cast with a Telegram account that is bound."""

    def join(person: str, number: int, language: str = "zh"):
        token = new_token()
        with consortium.transaction() as session:
            make_link(session, person_id=person, purpose=BIND, made_by=None, token=token, now=NOW)
        one = tg.person(number, person, language)
        one.opens(f"/start {token}")
        one.waits_for(lambda message: len(message.buttons) > 2)
        return one

    return join


def sentence(code: str, **details: object) -> str:
    return explain("zh", DomainError(code, **details))


def count(database, model) -> int:
    with database.transaction() as session:
        return session.scalars(select(func.count()).select_from(model)).one()


def file_of(message):
    return list(csv.DictReader(io.StringIO(message.upload.content.decode("utf-8-sig"))))


def test_a_list_comes_and_goes_back_with_links(tg, consortium, joins):
    with polling(tg, consortium):
        li = joins("li", 401)
        li.sends_file("名单.csv", TABLE)
        li.waits_for("共 2 行：新邀请 2")
        li.taps("邀请")
        sent = li.waits_for(lambda message: message.kind == "document")
        li.waits_until_taps_are_answered()
    assert sent.upload.name == "links-jia-20261008.csv"
    assert sent.upload.content.startswith(b"\xef\xbb\xbf")
    rows = file_of(sent)
    assert [row["visit"] for row in rows] == ["V-901", "V-902"]
    assert all(row["link"].startswith("https://tongping.example/s/") for row in rows)
    assert sent.text.startswith("人民医院：2 行中有 2 行带问卷链接。")
    assert count(consortium, Invitation) == 2
    [said] = [message for message in li.messages() if message.text.startswith("人民医院的就诊名单")]
    assert said.labels == ("再取 CSV", "再取 XLSX", "‹ 主菜单")  # the preview itself, edited
    assert "reply_to_message" in said.extra


def test_the_office_is_asked_for_the_unit_and_gets_a_workbook_for_a_workbook(tg, consortium, joins):
    book = xlsx(list=[line.split(",") for line in (HEADER + ROWS).splitlines()])
    with polling(tg, consortium):
        chen = joins("chen", 301)
        chen.sends_file("visits.xlsx", book, mime=XLSX_TYPE)
        chen.waits_for("这份名单是哪个单位的？")
        chen.taps("二院")
        chen.waits_for_toast("正在核对名单")
        chen.waits_for("二院的就诊名单，共 2 行")
        chen.taps("邀请")
        sent = chen.waits_for(lambda message: message.kind == "document")
    assert sent.upload.name == "links-yi-20261008.xlsx"
    sheet = load_workbook(io.BytesIO(sent.upload.content)).active
    assert [cell.value for cell in next(sheet.iter_rows())][:5] == [
        "visit", "kind", "discharged_at", "language", "link",
    ]  # fmt: skip
    assert len(chen.messages()) == 3 + 1  # bound, menu, the list's one message, the file


def test_a_deleted_file_cannot_be_chosen_a_unit_for(tg, consortium, joins):
    with polling(tg, consortium):
        chen = joins("chen", 301)
        chen.sends_file("a.csv", TABLE)
        chen.waits_for("哪个单位")
        chen.deletes()
        chen.taps("二院")
        chen.waits_for_toast(sentence("visits_file_gone"))
    assert tg.calls_of("getFile") == []


def test_what_is_too_large_is_refused_before_between_and_while_fetching(tg, consortium, joins):
    large = bytes(LARGEST_FILE + 1)
    refused = sentence("visits_too_large", limit=4)
    with polling(tg, consortium):
        li = joins("li", 401)
        li.sends_file("said.csv", large)
        li.waits_for(refused)
        assert tg.calls_of("getFile") == []
        li.sends_file("unsaid.csv", large, told_size=-1)
        li.waits_for(refused)
        assert tg.calls_of("file") == []  # getFile said it
        li.sends_file("lied.csv", large, told_size=10)
        li.waits_for(refused)
        li.sends_file("huge.csv", bytes(20 * 1024 * 1024 + 1), told_size=-1)
        li.waits_for(refused)
    assert count(consortium, VisitList) == 0


def test_the_way_may_be_bad_for_a_while(tg, consortium, joins):
    tg.fails("getFile", TooMany(1))
    tg.fails("getFile", ServerError(502), call=2)
    for call, fault in enumerate((ClosedBefore(), Garbled(), ServerError(500)), start=1):
        tg.fails("file", fault, call=call)
    with polling(tg, consortium):
        li = joins("li", 401)
        li.sends_file("a.csv", TABLE)
        li.waits_for("共 2 行：新邀请 2", timeout=30)
    assert [call.outcome for call in tg.calls_of("file")] == ["closed", "ok", "refused", "ok"]


def test_a_file_that_cannot_be_fetched_is_one_sentence_and_the_chat_goes_on(tg, consortium, joins, monkeypatch):
    monkeypatch.setattr(telegram_replies, "FETCH_WITHIN", 2.0)
    script = tg.fails("file", Stall(60.0), times=None)
    with polling(tg, consortium):
        li, mei = joins("li", 401), tg.person(1001, "Mei")
        li.sends_file("slow.csv", TABLE)
        tg.until(lambda: script.fired, what="the download")
        mei.opens("/start")  # nobody else waits for it
        mei.waits_for("您好")
        assert "没有取到" not in li.last_message().text
        li.waits_for(sentence("visits_not_fetched"))
        tg.heals()
        li.sends_file("a.csv", TABLE)
        li.waits_for("共 2 行：新邀请 2")


def test_a_fault_of_ours_is_told_and_logged_without_its_words(tg, consortium, joins, monkeypatch):
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("住院号-7788")

    monkeypatch.setattr(telegram_replies, "read_visits", breaks)
    with structlog.testing.capture_logs() as logs, polling(tg, consortium):
        li = joins("li", 401)
        li.sends_file("a.csv", TABLE)
        li.waits_for(sentence("not_handled"))
    assert [each["error"] for each in logs if each["event"] == "list_failed"] == ["RuntimeError"]
    assert "7788" not in json.dumps(logs, ensure_ascii=False, default=str)


def test_a_file_the_server_does_not_know_is_not_asked_for_again_and_again(tg, consortium, joins):
    with polling(tg, consortium):
        li = joins("li", 401)
        tg.world.files.clear()
        with tg.held_updates():
            li.sends_file("a.csv", TABLE)
            tg.world.files.clear()
        li.waits_for(sentence("visits_not_fetched"))
    assert [call.code for call in tg.calls_of("getFile")] == [400]


@pytest.mark.parametrize(
    ("name", "content"),
    [("bomb.xlsx", b"PK\x03\x04" + b"\0" * 5000), ("nul.csv", b"\0" * 4000), ("old.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
     ("deep.xlsx", b"PK\x03\x04" + b"[" * 3_000_000), ("wide.csv", b"," * 3_000_000), ("one.csv", b"\xff")],
)  # fmt: skip
def test_hostile_files_are_named_as_what_they_are(tg, consortium, joins, name, content):
    with polling(tg, consortium):
        li = joins("li", 401)
        li.sends_file(name, content)
        said = li.waits_for("没有收下，一个也没有邀请", timeout=30)
    assert "请改正后把整份文件重新发来" in said.text
    assert (count(consortium, VisitList), count(consortium, Invitation)) == (0, 0)


def test_a_lost_answer_to_the_file_doubles_nothing_and_it_can_be_had_again(tg, consortium, joins):
    tg.fails("sendDocument", ClosedBefore())
    with polling(tg, consortium):
        li = joins("li", 401)
        li.sends_file("a.csv", TABLE)
        li.taps("邀请")
        li.waits_for("就诊名单已经处理")
        tg.fails("sendDocument", AnswerLost())
        li.taps("再取 XLSX")
        tg.until(lambda: len(tg.calls_of("sendDocument")) == 2, what="the second file")
        li.waits_until_taps_are_answered()
        li.sends("/help")
        li.waits_for("/language")
    assert [call.outcome for call in tg.calls_of("sendDocument")] == ["closed", "lost"]
    assert count(consortium, Invitation) == 2


def test_a_file_that_comes_twice_is_looked_over_once_and_after_a_kill_again(tg, consortium, joins):
    with polling(tg, consortium):
        li = joins("li", 401)
        update = li.sends_file("a.csv", TABLE)
        li.waits_for("共 2 行：新邀请 2")
        tg.repeats(update, times=3)
        tg.until(lambda: tg.pending_updates == 0)
    assert len(tg.calls_of("getFile")) == 1
    first = Door(tg, consortium)
    script = tg.fails("getFile", Stall(30.0))
    first.polls()
    update = li.sends_file("b.csv", TABLE)
    tg.until(lambda: script.fired, what="getFile")
    first.dies()
    tg.heals()
    tg.repeats(update)
    with polling(tg, consortium):
        li.waits_for("共 2 行：新邀请 2")
    assert count(consortium, VisitList) == 1


def test_groups_hear_of_documents_only_if_they_are_meant_for_the_bot(tg, consortium, joins):
    group = tg.group(-5001, "群")
    with polling(tg, consortium):
        li = joins("li", 401)
        li.adds_bot_to(group)
        li.sends_file("a.csv", TABLE, group=group)
        li.sends_file("a.csv", TABLE, group=group, caption="@tongping_bot 名单")
        group.waits_for(sentence("visits_only_in_private"))
        tg.until(lambda: tg.pending_updates == 0)
    assert len([message for message in group.messages() if "名单" in message.text]) == 1
    assert tg.calls_of("getFile") == []


def test_neither_log_nor_database_holds_anything_of_the_file(tg, consortium, joins):
    secret = "住院号-7788"
    with structlog.testing.capture_logs() as logs, polling(tg, consortium):
        li = joins("li", 401)
        tg.fails("file", ServerError(500))
        li.sends_file(f"{secret}.csv", (HEADER + f"{secret},outpatient,?,zh\n").encode())
        li.waits_for("没有收下", timeout=30)
        li.sends_file("a.pdf", secret.encode(), caption=secret)
        li.waits_for(sentence("visits_wrong_type"))
    assert secret not in json.dumps(logs, ensure_ascii=False, default=str)
    assert tg.token not in json.dumps(logs, default=str)
    with consortium.transaction() as session:
        everything = repr([session.execute(table.select()).all() for table in Base.metadata.sorted_tables])
    assert secret not in everything
