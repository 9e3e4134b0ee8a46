"""Rounds for everybody: dates before the count, lists and root after it, and a receipt looked up without its trace."""

from __future__ import annotations

import hashlib
import re
from fractions import Fraction

import pytest
import structlog
from sqlalchemy import insert, update

from locales.errors import DomainError, explain
from locales.texts import text
from reviews.figures import QuarterFigures, QuarterUnit
from reviews.models import PeerFit, PublishedReceipts, ReviewRound
from reviews.receipt_lists import ReceiptLists, lists_text, root_of
from tests.reviews.test_quarters import documents
from tests.web.browser import FORM
from tests.web.cast import Town
from tests.web.counting_cast import CLOSED, OCTOBER, OPENED, VOTES, Vault
from web import rounds
from web.rounds_views import LONGEST_SHOWN

PAGE = "/rounds/2026-10"
COUNTED = ("AAAAA-BBBBB-CCCCC-DDDDD", "EEEEE-FFFFF-GGGGG-HHHHH")
SUPERSEDED = ("JJJJJ-KKKKK-LLLLL-MMMMM",)
VOID = ("NNNNN-PPPPP-QQQQQ-RRRRR",)
NOBODYS = "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ"


@pytest.fixture
def vault(database, tmp_path):
    return Vault(Town(database), tmp_path).is_founded().opens().votes(*VOTES).closes()


def counted(vault, lists=None, period=OCTOBER):
    """As a count leaves it."""
    lists = lists or ReceiptLists(str(period), COUNTED, SUPERSEDED, VOID)
    with vault.database.transaction() as session:
        session.execute(insert(PublishedReceipts).values(period=str(period), published=lists_text(lists)))
        session.execute(
            update(ReviewRound).where(ReviewRound.period == str(period)).values(
                state="erased", counted_at=CLOSED, erased_at=CLOSED, ballots_counted=len(lists.counted),
                ballots_void=len(lists.void), root=root_of(lists), token_key=None,
            )
        )  # fmt: skip
    return lists


def looks_up(browser, written):
    browser.opens("/rounds")
    return browser.sends("/rounds/receipt", change={"receipt": written})


def test_before_the_count_there_are_dates_and_nothing_else(vault, browse):
    page = browse(vault.site).opens(PAGE)
    assert text("zh", "rounds.not_counted") in page.text
    assert "2026-10-22 09:00" in page.text
    assert "2026-11-02 18:00" in page.text
    assert not page.every("code")
    assert not page.every("form", action="/rounds/receipt")
    assert browse(vault.site).get(f"{PAGE}/receipts.txt").status_code == 404


def test_before_the_count_the_page_does_not_depend_on_who_has_voted(database, tmp_path, browse):
    vault = Vault(Town(database), tmp_path).is_founded().opens()
    before = [browse(vault.site).get(path).content for path in ("/rounds", PAGE)]
    vault.votes(*VOTES)
    assert [browse(vault.site).get(path).content for path in ("/rounds", PAGE)] == before


def test_after_the_count_everybody_reads_the_lists_and_their_root(vault, browse):
    lists = counted(vault)
    page = browse(vault.site).opens(PAGE)
    assert next(each.text for each in page.every("code")) == root_of(lists)
    assert page.one("pre").every("text")[0].words == [lists_text(lists)]
    assert "2 / 3" in page.text  # units that took part
    assert not page.every("p", class_="alert")
    figures = [each.text for each in page.one("dl", class_="facts").every("dd")]
    assert figures == ["2 / 3", "2", "1", "1"]


def test_the_download_is_byte_for_byte_what_the_root_was_made_of(vault, browse):
    lists = counted(vault)
    answer = browse(vault.site).get(f"{PAGE}/receipts.txt")
    assert hashlib.sha256(answer.content).hexdigest() == root_of(lists)
    assert answer.headers["content-disposition"] == 'attachment; filename="tongping-receipts-2026-10.txt"'
    assert answer.headers["content-type"].startswith("text/plain")
    page = browse(vault.site).opens(PAGE)
    assert "sha256sum tongping-receipts-2026-10.txt" in page.text


def test_a_list_that_was_changed_afterwards_is_found_out(vault, browse):
    counted(vault)
    with vault.database.transaction() as session:
        others = lists_text(ReceiptLists("2026-10", (*COUNTED, NOBODYS), ()))
        session.execute(update(PublishedReceipts).values(published=others))
    assert text("zh", "rounds.changed") in browse(vault.site).opens(PAGE).text
    with vault.database.transaction() as session:
        session.execute(update(PublishedReceipts).values(published="<b>nothing"))
    page = browse(vault.site).opens(PAGE)
    assert text("zh", "rounds.changed") in page.text
    assert "<b>nothing" not in browse(vault.site).get(PAGE).text


def test_long_lists_are_there_to_download_only(vault, browse):
    codes = tuple(sorted(f"{number:020b}".replace("0", "A").replace("1", "B") for number in range(4000)))
    receipts = tuple("-".join(re.findall(".....", code)) for code in codes)
    lists = counted(vault, ReceiptLists("2026-10", receipts, ()))
    assert len(lists_text(lists)) > LONGEST_SHOWN
    browser = browse(vault.site)
    page = browser.opens(PAGE)
    assert not page.every("pre")
    assert len(browser.response.content) < LONGEST_SHOWN
    assert browser.get(f"{PAGE}/receipts.txt").text == lists_text(lists)


@pytest.mark.parametrize(("path", "status"), [
    ("/rounds/2026-09", 404), ("/rounds/2026-13", 404), ("/rounds/x", 404), ("/rounds/2026", 404),
    ("/rounds/2026-09/receipts.txt", 404), ("/rounds/2026-10/other", 404), ("/rounds/receipt", 404),
])  # fmt: skip
def test_what_there_is_not_is_not_found(vault, browse, path, status):
    assert browse(vault.site).get(path).status_code == status


@pytest.mark.parametrize(("receipt", "standing"), [
    (COUNTED[0], "counted"), (SUPERSEDED[0], "superseded"), (VOID[0], "void"),
])  # fmt: skip
@pytest.mark.parametrize(
    "spelling", [str, str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("-", "")]
)
def test_a_receipt_is_found_however_it_is_written(vault, browse, receipt, standing, spelling):
    counted(vault)
    page = looks_up(browse(vault.site), spelling(receipt))
    said = page.one("section", role="status")
    assert text("zh", f"rounds.found.{standing}", receipt=receipt, period="2026年10月") in said.text
    assert text("zh", f"rounds.means.{standing}") in said.text
    assert [each["href"] for each in said.every("a")] == [PAGE]


def test_an_unknown_receipt_says_what_that_means_and_which_rounds_wait(vault, browse):
    counted(vault)
    said = looks_up(browse(vault.site), NOBODYS).one("section", role="status").text
    assert text("zh", "rounds.found.unknown", receipt=NOBODYS) in said
    assert text("zh", "rounds.means.unknown") in said
    assert "还没有计票的互评" not in said


def test_a_receipt_of_a_round_that_waits_is_told_to_wait(vault, browse):
    said = looks_up(browse(vault.site), vault.receipts[0]).one("section", role="status").text
    assert text("zh", "rounds.waiting", rounds="2026年10月") in said


@pytest.mark.parametrize("written", ["", "ABCDE", "1" * 20, "AAAAA-BBBBB-CCCCC-DDDDD-E", "<script>", "好" * 60])
def test_what_is_no_receipt_is_said_beside_the_field(vault, browse, written):
    browser = browse(vault.site)
    page = looks_up(browser, written)
    assert browser.status == 422
    assert page.one("p", id="fault").text == explain("zh", DomainError("receipt_malformed"))
    assert page.one("input", id="receipt")["value"] == written


def test_a_receipt_never_stands_in_an_address_nor_in_a_log(vault, browse):
    counted(vault)
    browser = browse(vault.site)
    with structlog.testing.capture_logs() as logs:
        looks_up(browser, COUNTED[0])
    assert "AAAAA" not in str(browser.response.url) + str(browser.response.history) + repr(logs)
    assert browser.get(f"/rounds?receipt={COUNTED[0]}").status_code == 200
    assert "AAAAA" not in browser.response.text.replace(f"receipt={COUNTED[0]}", "")


def test_other_sites_cannot_ask_and_other_fields_are_refused(vault, browse):
    browser = browse(vault.site)
    headers = {"Content-Type": FORM, "Sec-Fetch-Site": "cross-site"}
    assert browser.request("POST", "/rounds/receipt", content="receipt=x", headers=headers).status_code == 403
    assert browser.post("/rounds/receipt", {"receipt": "x", "more": "y"}).status_code == 422


def test_whoever_asks_for_many_receipts_that_are_none_is_slowed_down(vault, browse):
    counted(vault)
    browser = browse(vault.site)
    statuses = [browser.post("/rounds/receipt", {"receipt": NOBODYS}).status_code for _ in range(70)]
    assert (statuses[0], statuses[-1]) == (200, 429)


def test_the_list_of_rounds_names_all_of_them_newest_first(vault, browse):
    counted(vault)
    vault.opens(OCTOBER.next(), CLOSED)
    page = browse(vault.site).opens("/rounds")
    links = [each["href"] for each in page.one("ul", class_="entries").every("a")]
    assert links == ["/rounds/2026-11", "/rounds/2026-10"]


def test_without_any_round_the_list_says_so(database, tmp_path, browse):
    page = browse(Vault(Town(database), tmp_path).is_founded().site).opens("/rounds")
    assert text("zh", "rounds.none") in page.text


@pytest.mark.parametrize("path", ["/", "/bulletins"])
def test_the_way_here_is_on_the_public_pages(vault, browse, path):
    assert "/rounds" in [each["href"] for each in browse(vault.site).opens(path).every("a")]


def test_both_languages_are_whole(vault, browse):
    counted(vault)
    page = browse(vault.site).opens(f"{PAGE}?language=en")
    assert "Peer review of October 2026" in page.text
    assert not re.search("[一-鿿]{3}", page.one("main").text)


def test_a_receipt_in_lists_that_were_changed_is_not_answered_from_them(vault, browse):
    counted(vault)
    with vault.database.transaction() as session:
        session.execute(update(PublishedReceipts).values(published=f"counted 1\n{COUNTED[0]}\n"))
    browser = browse(vault.site)
    page = looks_up(browser, COUNTED[0])
    assert browser.status == 422
    assert page.one("p", id="fault").text == text("zh", "rounds.changed")


# ── quarters ───────────────────────────────────────────────────────────────────────────────────────────────────────


def fitted(vault, *periods):
    """These months are counted, with figures of nine units that nobody here is called by."""
    with vault.database.transaction() as session:
        session.execute(update(ReviewRound).values(state="erased"))
        for number, period in enumerate(periods):
            if session.get(ReviewRound, period) is None:
                session.add(ReviewRound(period=period, state="erased", public_key="{}", criteria=[], thresholds={},
                                        opened_at=OPENED))  # fmt: skip
                session.flush()
            for part, estimates in enumerate(documents(number)):
                session.execute(insert(PeerFit).values(period=period, part=part, estimates=estimates))


def test_a_quarter_shows_marks_bands_and_places_by_tier(vault, browse):
    fitted(vault, "2026-10", "2026-11")
    browser = browse(vault.site)
    assert [each["href"] for each in browser.opens("/rounds").every("ul", class_="entries")[0].every("a")] == [
        "/rounds/2026-Q4"
    ]
    page = browser.opens("/rounds/2026-Q4")
    assert "2026年10月、2026年11月" in page.text
    rows = [[cell.text for cell in row.every("td")] for row in page.one("tbody").every("tr")]
    assert len(rows) == 9
    for mark, band, places, months in rows:
        assert re.fullmatch(r"[1-5]\.[0-9]|4\.8 或以上|1\.2 或以下", mark)
        assert band in {text("zh", f"severity.band.{each}") for each in ("upper", "middle", "lower")}
        assert re.fullmatch(r"[1-9](–[1-9])? / 9", places)
        assert months == "2"
    assert "50%" in page.text


def test_a_quarter_names_units_and_orders_them_within_their_tiers(vault, browse, monkeypatch):
    def unit(code, tier, rank, **more):
        values = {"months": 1, "score": Fraction(75), "rank_low": rank, "rank_high": rank, "band": None, "ranked": 2}
        return QuarterUnit(code, tier, rank=rank, **(values | more))

    units = (
        unit("gone", "partner", None, rank_low=None, rank_high=None),
        unit("yi", "secondary", 2),
        unit("bing", "primary", 1, score=Fraction(100), band="upper"),
        unit("other", "secondary", 1, rank_high=2),
    )
    figures = QuarterFigures("2026-Q4", "peer-severity-1", ("2026-10",), 50, 90, 1000, units)
    monkeypatch.setattr(rounds, "read_quarter", lambda _session, _quarter: "something")
    monkeypatch.setattr(rounds, "figure_quarter", lambda _found: figures)
    page = browse(vault.site).opens("/rounds/2026-Q4")
    tables = [[[cell.text for cell in row.inside if cell.tag in ("th", "td")] for row in body.every("tr")]
              for body in page.every("tbody")]  # fmt: skip
    assert tables == [
        [["other", "4.0", "—", "1–2 / 2", "1"], ["二院", "4.0", "—", "2 / 2", "1"]],
        [["社区中心", "4.8 或以上", text("zh", "severity.band.upper"), "1 / 2", "1"]],
        [["gone", "4.0", "—", "—", "1"]],
    ]


@pytest.mark.parametrize(
    "path", ["/rounds/2026-Q4", "/rounds/2026-Q1", "/rounds/2026-Q5", "/rounds/2026-Q4/receipts.txt"]
)
def test_a_quarter_without_a_count_is_not_found(vault, browse, path):
    assert browse(vault.site).get(path).status_code == 404
