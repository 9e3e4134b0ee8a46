"""One entry for two kinds of receipt: a ballot's is looked up in the published lists, a patient's opens their answers."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from bot.ballot_receipts import code_in, is_meant, named_code
from locales.errors import DomainError, explain
from locales.texts import text
from reviews.models import PublishedReceipts, ReviewRound
from reviews.panel_models import Panel
from reviews.receipt_lists import ReceiptLists, lists_text, root_of
from surveys.models import Answer
from tests.cast import NOW

COUNTED, SUPERSEDED = "ABCDE-FGHIJ-KLMNO-PQRST", "BCDEF-GHIJK-LMNOP-QRSTU"
VOID, NOBODYS = "CDEFG-HIJKL-MNOPQ-RSTUV", "ZZZZZ-22222-ZZZZZ-33333"


@pytest.fixture
def published(consortium):
    """September is counted, October is open."""
    lists = ReceiptLists("2026-09", (COUNTED,), (SUPERSEDED,), (VOID,))
    with consortium.transaction() as session:
        for period, state in (("2026-09", "erased"), ("2026-10", "open")):
            session.add(ReviewRound(period=period, state=state, public_key="{}", criteria=[], thresholds={},
                                    opened_at=NOW, root=root_of(lists)))  # fmt: skip
        session.flush()
        session.execute(insert(PublishedReceipts).values(period="2026-09", published=lists_text(lists)))
    return consortium


@pytest.fixture
def li(published, phone, bind):
    li = phone("Li", "401")
    bind(li, "li")
    return li


@pytest.mark.parametrize(("code", "standing"), [(COUNTED, "counted"), (SUPERSEDED, "superseded"), (VOID, "void")])
def test_a_receipt_is_answered_with_where_it_stands_and_what_that_means(li, code, standing):
    li.says(code)
    said = li.said[-1]
    assert text("zh", f"rounds.found.{standing}", receipt=code, period="2026年9月") in said
    assert text("zh", f"rounds.means.{standing}") in said
    assert "https://tongping.example/rounds/2026-09" in said


@pytest.mark.parametrize("written", [
    "/receipt ABCDE-FGHIJ-KLMNO-PQRST", "/receipt abcde fghij klmno pqrst", "回执 ABCDE-FGHIJ-KLMNO-PQRST",
    "回执：abcdefghijklmnopqrst", "回执码 ABCDE FGHIJ KLMNO PQRST", "Receipt: abcde-fghij-klmno-pqrst",
    "abcde fghij klmno pqrst", "ABCDEFGHIJKLMNOPQRST", "ＡＢＣＤＥ－ＦＧＨＩＪ－ＫＬＭＮＯ－ＰＱＲＳＴ", "abcde–fghij–klmn0–pqrst",
])  # fmt: skip
def test_it_may_be_written_in_any_way(li, written):
    li.says(written)
    assert text("zh", "rounds.found.counted", receipt=COUNTED, period="2026年9月") in li.said[-1]


def test_anybody_may_ask(published, phone):
    stranger = phone("Nobody", "402", language="en")
    stranger.says(SUPERSEDED)
    assert text("en", "rounds.found.superseded", receipt=SUPERSEDED, period="September 2026") in stranger.said[-1]


def test_a_receipt_of_an_expert_is_answered_with_the_lists_of_the_panel(li, published):
    lists = ReceiptLists("2026-08", (NOBODYS,), ())
    with published.transaction() as session:
        session.add(Panel(period="2026-08", state="erased", public_key="{}", criteria=[], minimums={}, tables={}, opened_at=NOW,
                          receipts=lists_text(lists), root=root_of(lists)))  # fmt: skip
    li.says(NOBODYS)
    assert li.said[-1].startswith(text("zh", "rounds.found_panel.counted", receipt=NOBODYS, period="2026年8月"))
    assert li.said[-1].endswith("https://tongping.example/panel/receipts/2026-08.txt")


def test_an_unknown_one_says_which_rounds_are_not_counted_yet(li):
    li.says(NOBODYS)
    said = li.said[-1]
    assert text("zh", "rounds.found.unknown", receipt=NOBODYS) in said
    assert text("zh", "rounds.waiting", rounds="2026年10月") in said
    assert said.endswith("https://tongping.example/rounds")


def test_without_a_public_address_the_answer_is_the_same_without_it(li):
    li.public_url = None
    li.says(COUNTED)
    assert "http" not in li.said[-1]
    assert text("zh", "rounds.means.counted") in li.said[-1]


@pytest.mark.parametrize(
    "written", ["/receipt ABCDE-FGHIJ-KLMNO-PQRS1", "/receipt ABCDEFGHIJKLMNOPQRS", "回执 11111-22222-33333-44444"]
)
def test_one_that_is_mistyped_is_said_to_be(li, written):
    li.says(written)
    assert li.said[-1] == explain("zh", DomainError("receipt_malformed"))


def test_the_word_alone_says_how(li):
    for written in ("/receipt", "回执"):
        li.says(written)
    assert text("zh", "bot.receipt.how") in li.said


def test_a_repeated_update_is_answered_again(li):
    li.says(COUNTED)
    li.again()
    assert li.said[-1] == li.said[-2]


def test_in_a_group_nobody_is_answered(published, phone, bind):
    li = phone("Li", "401")
    bind(li, "li")
    group = phone("Li", "401", chat="-100", title="Group")
    group.says(COUNTED)
    assert group.messages == {}
    group.says(f"/receipt {COUNTED}")
    assert group.said == [explain("zh", DomainError("only_in_private"))]


def test_in_the_middle_of_a_survey_only_a_whole_receipt_is_one(published, phone, ticket):
    """Four short words are an answer, and are kept as one."""
    mei = phone("Mei", "403")
    mei.starts(ticket())
    for label in ("同意并开始（我已满14周岁）", "非常满意", "不到半小时", "同意，我来写"):
        mei.taps(label)
    mei.says(COUNTED)
    assert text("zh", "rounds.means.counted") in mei.said[-1]
    mei.says(f"回执 {SUPERSEDED.lower()}")
    assert text("zh", "rounds.means.superseded") in mei.said[-1]
    mei.says("house mouse water light")
    with published.transaction() as session:
        assert session.scalars(select(Answer.value).where(Answer.question_id == "comment")).all() == [
            "house mouse water light"
        ]


def test_a_patients_receipt_still_opens_their_answers(li):
    li.says("回执 7Q2M-0KXD-94TB")
    assert li.said[-1] == explain("zh", DomainError("receipt_unfound"))
    li.says("7Q2M-0KXD-94TB")
    assert li.said[-1] == explain("zh", DomainError("receipt_unfound"))


# ── telling them apart ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("words", "code"), [
    ("回执 ABC", "ABC"), ("回执:ABC", "ABC"), ("  回执码　ABC ", "ABC"), ("receipt ABC", "ABC"), ("RECEIPT：A B", "A B"),
    ("回执", None), ("您好", None), ("", None), ("我的回执 ABC", None),
])  # fmt: skip
def test_what_follows_the_word_receipt(words, code):
    assert named_code(words) == code


@pytest.mark.parametrize(("words", "free", "answering"), [
    (COUNTED, COUNTED, COUNTED),
    (COUNTED.lower(), COUNTED, None),
    (COUNTED.replace("-", " "), COUNTED, None),
    (COUNTED.replace("-", ""), COUNTED, None),
    (f" {COUNTED}\n", COUNTED, COUNTED),
    ("7Q2M-0KXD-94TB", None, None),
    ("x" * 5000, None, None),
    ("房间很干净，医生很耐心，谢谢大家，辛苦了，再见", None, None),
    ("", None, None),
])  # fmt: skip
def test_words_that_are_a_ballots_receipt(words, free, answering):
    assert code_in(words, is_answering=False) == free
    assert code_in(words, is_answering=True) == answering


@pytest.mark.parametrize(("words", "meant"), [
    ("", False), ("7Q2M-0KXD-94TB", False), ("ABCDE-FGHIJ-KLMN", False), ("ABCDE-FGHIJ-KLMNO-P", True), (COUNTED, True),
])  # fmt: skip
def test_length_tells_which_kind_is_meant(words, meant):
    assert is_meant(words) is meant
