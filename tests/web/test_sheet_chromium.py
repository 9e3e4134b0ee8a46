"""The sheet in a real browser: filled in by taps and by keys, sealed there, kept there; legible on a phone and at a desk.

What the browser sealed is opened with the private key here. The network is listened to: before sending there is nothing
on it, and then one post without a mark in it.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from locales.errors import DomainError
from reviews.counting import Opened, Participation, Record, sort_ballots
from reviews.models import Assignment, ReviewRound
from reviews.sealing import generate_keys, open_private_key, receipt_of, unseal_with
from storage.database import Database
from tests.web import chromium
from tests.web.barriers import barriers
from tests.web.cast import Town
from tests.web.chromium import DESK, PHONE, served, started, window
from tests.web.sheets import PERIOD, Round, round_on
from tests.web.test_fielding_chromium import signs_in

CHROMIUM = chromium.find()
PICTURES = os.environ.get("TONGPING_TESTS_PICTURES")
WORDS = "转诊“很快”，谢谢！\\ \n 🙂\u200b é"
TIDY = "转诊“很快”，谢谢！\\ 🙂 é"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def keys():
    return generate_keys()


@pytest.fixture(scope="module")
def engine():
    with started(CHROMIUM) as browser:
        yield browser


@pytest.fixture(scope="module")
def founded_rounds(sqlite_template, tmp_path_factory, keys):
    """Files of rounds of three and of twenty-six units, made once."""
    made = {}
    for units in (3, 26):
        path = tmp_path_factory.mktemp("rounds") / "round.sqlite3"
        path.write_bytes(sqlite_template)
        database = Database(f"sqlite:///{path}")
        round_on(database, keys, units=units)
        database.close()
        made[units] = path.read_bytes()
    return made


@pytest.fixture
def has(founded_rounds, tmp_path, keys):
    databases = []

    def make(units: int = 3) -> Round:
        path = tmp_path / f"round-{units}.sqlite3"
        path.write_bytes(founded_rounds[units])
        databases.append(Database(f"sqlite:///{path}"))
        return Round(Town(databases[-1]), *keys)

    yield make
    for database in databases:
        database.close()


@pytest.fixture
def few(has):
    return has(3)


@pytest.fixture
def base(few):
    with served(few.town.site()) as address:
        yield address


@pytest.fixture
def li(engine, base, few):
    with window(engine, base, PHONE) as tab:
        signs_in(tab, few.town, "li")
        tab.opens("/sheet")
        yield tab


def tap(tab, round_, target, place, mark):
    tab.page.locator(f'[name="m.{round_.tasks()[target]}.{place}"][value="{mark}"]').locator("..").click()


def taps(tab, round_, target, marks):
    for place, mark in enumerate(marks):
        tap(tab, round_, target, place, mark)


def sends(tab):
    tab.page.locator("#to-review").click()
    tab.page.locator("#send").click()
    expect(tab.page.locator("#receipts")).to_be_visible()


def picture(tab, name):
    if PICTURES:
        tab.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page="full" in name)


# --- sealing


def test_what_the_browser_sealed_opens_to_what_was_tapped(li, few):
    taps(li, few, "yi", "54321")
    row = li.page.locator(f"#unit-{few.tasks()['bing']}")
    row.locator(".none").click()
    row.locator(".sheet-comment summary").click()
    row.locator("textarea").fill(WORDS)
    sends(li)
    assert few.said() == {("yi", "54321", 1, ""), ("bing", "-----", 1, TIDY)}
    shown = li.page.locator("#receipts td.code").all_inner_texts()
    assert shown == [next(receipt_of(each) for each in few.sealed() if receipt_of(each) == code) for code in shown]
    assert li.page.locator("#receipts-said").inner_text() == "回执由这个浏览器自己算出，服务器的回答与它一致。"
    counted = counts(few)
    assert sorted(counted.counted) == sorted(shown)
    assert (counted.superseded, counted.void) == ((), ())


def counts(round_):
    """What a count makes of the ballots."""
    with round_.database.transaction() as session:
        found = session.get_one(ReviewRound, str(PERIOD))
        tasks = {
            each.id: Participation(each.rater, each.target, each.casts) for each in session.scalars(select(Assignment))
        }
        record = Record(str(PERIOD), tasks, len(found.criteria), found.token_key)
    key = open_private_key(round_.private)
    opened = []
    for sealed in round_.sealed():
        try:
            opened.append(Opened(receipt_of(sealed), unseal_with(key, sealed)))
        except DomainError:
            opened.append(Opened(receipt_of(sealed), None))
    return sort_ballots(opened, record)


def test_a_tampered_answer_is_told_and_the_browser_s_own_receipts_stay(li, few):
    def alters(route):
        answer = route.fetch()
        document = answer.json()
        document["receipts"][0]["code"] = "AAAAA-BBBBB-CCCCC-DDDDD"
        route.fulfill(response=answer, json=document)

    li.page.route("**/sheet/ballots", alters)
    taps(li, few, "yi", "54321")
    sends(li)
    assert "不一致" in li.page.locator("#receipts-said").inner_text()
    assert li.page.locator("#receipts td.code").all_inner_texts() == [receipt_of(each) for each in few.sealed()]


def test_a_ballot_that_was_tampered_with_on_its_way_is_void_and_its_receipt_missing(li, few):
    """Whoever swaps a sealed text on the way has another receipt than the rater."""
    swapped = []

    def swaps(route):
        document = json.loads(route.request.post_data)
        sealed = document["ballots"][0]["sealed"]
        swapped.append(sealed[:-1] + ("A" if sealed[-1] != "A" else "Q"))
        document["ballots"][0]["sealed"] = swapped[0]
        route.continue_(post_data=json.dumps(document))

    li.page.route("**/sheet/ballots", swaps)
    taps(li, few, "yi", "54321")
    sends(li)
    assert few.sealed() == swapped
    assert "不一致" in li.page.locator("#receipts-said").inner_text()
    [own] = li.page.locator("#receipts td.code").all_inner_texts()
    counted = counts(few)
    assert (counted.counted, counted.void) == ((), (receipt_of(swapped[0]),))
    assert own != receipt_of(swapped[0])  # the rater finds it in no list: the proof


def test_a_stale_number_refuses_all_fetches_new_blanks_and_keeps_the_draft(li, few):
    taps(li, few, "yi", "54321")
    taps(li, few, "bing", "11111")
    few.casts("li", "bing", "33333")
    li.page.locator("#to-review").click()
    li.page.locator("#send").click()
    expect(li.page.locator("#said")).to_contain_text("已取来新的空白票，您填的还在")
    li.faults.clear()  # the browser notes the 409
    assert {each[:2] for each in few.said()} == {("bing", "33333")}
    sends(li)
    assert {each[:3] for each in few.said()} == {("bing", "33333", 1), ("yi", "54321", 1), ("bing", "11111", 2)}


def test_a_broken_connection_keeps_draft_and_receipts(li, few):
    li.page.route("**/sheet/ballots", lambda route: route.abort())
    taps(li, few, "yi", "54321")
    li.page.locator("#to-review").click()
    li.page.locator("#send").click()
    expect(li.page.locator("#said")).to_contain_text("连接中断")
    assert len(li.page.locator("#receipts td.code").all_inner_texts()) == 1
    assert few.sealed() == []
    li.faults.clear()
    li.page.unroute("**/sheet/ballots")
    sends(li)
    assert {each[:2] for each in few.said()} == {("yi", "54321")}


# --- drafts


def test_nothing_of_a_draft_is_on_the_wire_and_what_is_sent_says_no_mark(li, few):
    requests = []
    li.page.on(
        "request",
        lambda request: (
            requests.append((request.method, request.url, request.post_data))
            if "/static/icon.svg" not in request.url  # browsers fetch it when they like
            else None
        ),
    )
    taps(li, few, "yi", "54321")
    row = li.page.locator(f"#unit-{few.tasks()['bing']}")
    row.locator(".sheet-comment summary").click()
    row.locator("textarea").fill("只是草稿")
    li.page.wait_for_timeout(200)
    assert requests == []
    sends(li)
    [(method, url, body)] = requests
    assert (method, url.rpartition("/")[2]) == ("POST", "ballots")
    [ballot] = json.loads(body)["ballots"]
    assert set(ballot) == {"assignment", "counter", "sealed"}
    assert "54321" not in body
    assert "草稿" not in body


def test_the_draft_survives_a_reload_and_goes_with_the_sending(li, few):
    taps(li, few, "yi", "54321")
    taps(li, few, "bing", "12")
    li.page.reload()
    expect(li.page.locator("#said")).to_have_text("已恢复这个浏览器里的草稿。")
    checked = li.page.locator("input:checked").evaluate_all("all => all.map((each) => each.value).join('')")
    assert checked == "5432112"
    assert li.page.locator("#to-review").inner_text() == "核对后提交（1 家）"
    li.page.locator("#to-review").click()
    assert "没填完、这次不提交的单位：社区中心" in li.page.locator("#review-left").inner_text()
    li.page.locator("#send").click()
    expect(li.page.locator("#receipts")).to_be_visible()
    kept = li.page.evaluate("JSON.parse(localStorage.getItem('tongping.sheet.2026-10.jia'))")
    assert list(kept["rows"]) == [str(few.tasks()["bing"])]


def test_the_draft_can_be_cleared_and_goes_when_the_round_is_over(li, few):
    taps(li, few, "yi", "54321")
    assert "在公用电脑上请离开前清除" in li.page.locator("#draft-note").inner_text()
    li.page.locator("#clear-draft").click()
    assert li.page.evaluate("localStorage.length") == 0
    assert li.page.locator("input:checked").count() == 0
    taps(li, few, "yi", "54321")
    li.page.evaluate("localStorage.setItem('tongping.sheet.2026-09.jia', '{\"until\":null,\"rows\":{}}')")
    li.page.evaluate("localStorage.setItem('another', 'is not ours')")
    li.page.reload()
    assert sorted(li.page.evaluate("Object.keys(localStorage)")) == ["another", "tongping.sheet.2026-10.jia"]
    few.closes()
    li.page.reload()
    expect(li.page.locator("h1")).to_have_text("互评评分表")
    assert li.page.evaluate("Object.keys(localStorage)") == ["another"]


def test_signing_out_clears_the_drafts_of_a_shared_computer(li, few):
    taps(li, few, "yi", "54321")
    li.page.locator("footer button").click()
    li.page.wait_for_url("**/")
    assert li.page.evaluate("localStorage.length") == 0


def test_without_storage_the_sheet_works_without_a_draft(engine, base, few):
    with window(engine, base, PHONE) as tab:
        tab.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})")
        signs_in(tab, few.town, "li")
        tab.opens("/sheet")
        taps(tab, few, "yi", "54321")
        sends(tab)
    assert {each[:2] for each in few.said()} == {("yi", "54321")}


# --- browsers that cannot seal


def test_without_cryptography_the_form_is_sealed_at_the_door(engine, base, few):
    with window(engine, base, PHONE) as tab:
        tab.page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
        signs_in(tab, few.town, "li")
        tab.opens("/sheet")
        assert "由服务器在入口处立即密封" in tab.page.locator("#sealed-at-door").inner_text()
        taps(tab, few, "yi", "54321")
        tap(tab, few, "bing", 0, "3")  # not whole: stays here
        tab.page.locator("#to-review").click()
        assert "由服务器在入口处密封" in tab.page.locator("#review-said").inner_text()
        tab.page.locator("#send").click()
        expect(tab.page.locator("h1")).to_have_text("已密封并提交")
        assert len(tab.page.locator("#receipts td.code").all_inner_texts()) == 1
        kept = tab.page.evaluate("JSON.parse(localStorage.getItem('tongping.sheet.2026-10.jia'))")
        assert list(kept["rows"]) == [str(few.tasks()["bing"])]
    assert {each[:2] for each in few.said()} == {("yi", "54321")}


def test_without_a_script_the_form_is_sealed_at_the_door(engine, base, few):
    with window(engine, base, PHONE, scripts=False) as tab:
        signs_in(tab, few.town, "li")
        tab.opens("/sheet")
        tab.is_sound()
        taps(tab, few, "yi", "54321")
        tab.page.locator("#to-review").click()
        assert tab.page.locator("h1").inner_text() == "已密封并提交"
    assert {each[:2] for each in few.said()} == {("yi", "54321")}


# --- receipts


def test_receipts_are_copied_and_saved_as_a_text(li, few, engine):
    li.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    taps(li, few, "yi", "54321")
    sends(li)
    code = receipt_of(few.sealed()[0])
    li.page.locator("#copy").click()
    expect(li.page.locator("#tools-said")).to_have_text("已复制。")
    assert li.page.evaluate("navigator.clipboard.readText()") == f"2026-10 互评回执 · jia\n\n{code}  二院\n"
    with li.page.expect_download() as saved:
        li.page.locator("#download").click()
    assert saved.value.suggested_filename == "receipts-2026-10-jia.txt"
    assert Path(saved.value.path()).read_text(encoding="utf-8") == f"2026-10 互评回执 · jia\n\n{code}  二院\n"
    link = li.page.locator("#receipts a[target]")
    assert link.get_attribute("href") == "/rounds/2026-10"


# --- 25 × 5


def visible_gap(page):
    return page.evaluate("""() => {
      const at = document.activeElement.closest(".sheet-group");
      const box = at.getBoundingClientRect();
      return box.top >= 0 && box.bottom <= innerHeight ? [...at.querySelectorAll("input")].map((each) => each.name)[0] : "unseen";
    }""")


def test_twenty_five_units_are_scored_on_a_phone_with_a_tap_a_mark(engine, has):
    """Each next criterion is in sight when the last one was tapped: nothing is scrolled by hand."""
    many = has(26)
    tasks = many.tasks()
    with served(many.town.site()) as base, window(engine, base, PHONE) as tab:
        signs_in(tab, many.town, "li")
        tab.opens("/sheet")
        page = tab.page
        page.evaluate("window.taps = 0; addEventListener('pointerup', () => { window.taps += 1; })")
        began = time.perf_counter()
        places = {place: set() for place in range(5)}
        for number, (target, task) in enumerate(tasks.items()):
            for place in range(5):
                if number or place:
                    assert visible_gap(page) == f"m.{task}.{place}"
                box = page.locator(f'[name="m.{task}.{place}"][value="{(number + place) % 5 + 1}"]').bounding_box()
                if number > 1 and number < 20:
                    places[place].add(box["y"])
                page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) if number or place else tap(
                    tab, many, target, place, "1"
                )
        expect(page.locator("#to-review")).to_be_focused()
        page.locator("#to-review").click()
        page.locator("#send").click()
        expect(page.locator("#receipts")).to_be_visible(timeout=20_000)
        count, seconds = page.evaluate("window.taps"), time.perf_counter() - began
    print(f"{count} taps, {seconds:.1f} s by a machine")
    assert count == 25 * 5 + 2
    moved = [max(tops) - min(tops) for tops in places.values()]
    assert max(moved) < 2, "a criterion's buttons stay where they are from unit to unit"
    assert {each.target: each.marks for each in many.opened()} == {
        target: "".join(str((number + place) % 5 + 1) for place in range(5)) for number, target in enumerate(tasks)
    }


def test_twenty_five_units_are_scored_by_keyboard_alone(engine, has):
    many = has(26)
    with served(many.town.site()) as base, window(engine, base, DESK) as tab:
        signs_in(tab, many.town, "li")
        page = tab.opens("/sheet")
        page.evaluate("window.keys = 0; addEventListener('keydown', () => { window.keys += 1; })")
        began = time.perf_counter()
        keys = 0
        while not page.evaluate("Boolean(document.activeElement.closest('.sheet-group'))"):
            page.keyboard.press("Tab")
            keys += 1
            assert keys < 25
        for number in range(25):
            for key in "-" if number == 3 else "54321":
                page.keyboard.press(key)
        assert page.evaluate("document.activeElement.matches('#to-review')")
        page.keyboard.press("Enter")
        expect(page.locator("#review")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#receipts")).to_be_visible(timeout=20_000)
        pressed, seconds = page.evaluate("window.keys"), time.perf_counter() - began
    print(f"{pressed} keys, {keys} of them to get there, {seconds:.1f} s by a machine")
    assert pressed == keys + 24 * 5 + 1 + 3
    marks = [each.marks for each in many.opened()]
    assert sorted(set(marks)) == ["-----", "54321"]
    assert marks.count("54321") == 24


def test_keys_move_mark_and_take_back(engine, base, few):
    yi, bing = few.tasks()["yi"], few.tasks()["bing"]
    with window(engine, base, DESK) as tab:
        signs_in(tab, few.town, "li")
        page = tab.opens("/sheet")

        def here():
            return page.evaluate("document.activeElement.name")

        def marks(row):
            return page.evaluate(f"filling.marks(document.querySelector('#unit-{row}'))")

        page.locator(f'[name="m.{yi}.0"]').first.focus()
        for key, at in [
            ("ArrowRight", f"m.{yi}.1"), ("ArrowDown", f"m.{bing}.1"), ("ArrowDown", f"m.{bing}.1"), ("ArrowUp", f"m.{yi}.1"),
            ("ArrowLeft", f"m.{yi}.0"), ("ArrowLeft", f"m.{yi}.0"), ("3", f"m.{yi}.1"), ("9", f"m.{yi}.1"),
            ("4", f"m.{yi}.2"), ("Control+1", f"m.{yi}.2"), ("0", f"m.{bing}.0"),
        ]:  # fmt: skip
            page.keyboard.press(key)
            assert here() == at, key
        assert marks(yi) == "_____"
        page.keyboard.press("ArrowUp")
        page.keyboard.press("-")  # taken back: the marks of before are there again
        assert marks(yi) == "34___"
        page.keyboard.press("Backspace")
        assert marks(yi) == "_____"
        outline = page.evaluate("""() => getComputedStyle(document.activeElement.nextElementSibling).outlineStyle""")
        assert outline == "solid"
        for key in "12345":
            page.keyboard.press(key)
        assert here() == f"m.{bing}.0"
        page.keyboard.press("ArrowUp")
        page.keyboard.press("5")  # a correction stays where it is
        assert (here(), marks(yi)) == (f"m.{yi}.0", "52345")
        page.keyboard.press("Enter")
        expect(page.locator("#review")).to_be_focused()
        assert "二院 5 2 3 4 5" in page.locator("#review-rows").inner_text()
        picture(tab, "sheet-review-desk")


def test_the_filter_shows_what_is_not_done(li, few):
    taps(li, few, "yi", "54321")
    li.page.locator("#filter").click()
    assert li.page.locator(".sheet-row:visible h2").all_inner_texts() == ["社区中心"]
    assert li.page.locator("#filter").get_attribute("aria-pressed") == "true"
    assert li.page.locator("label[for=done]").inner_text() == "已填或已交 1 家，共 2 家"
    li.page.locator("#filter").click()
    assert li.page.locator(".sheet-row:visible h2").count() == 2


def test_cast_rows_say_so_and_may_be_scored_again(li, few):
    taps(li, few, "yi", "54321")
    sends(li)
    li.page.locator("#receipts a.button").click()
    row = li.page.locator(".is-sent")
    assert "已交。分数无法再显示；新的评分票会取代它。" in row.inner_text()
    assert li.page.locator("input:checked").count() == 0
    row.locator(".sheet-again > summary").click()
    taps(li, few, "yi", "11111")
    li.page.locator("#to-review").click()
    assert "取代已交的一张" in li.page.locator("#review-rows").inner_text()
    li.page.locator("#send").click()
    expect(li.page.locator("#receipts")).to_be_visible()
    assert {each[:3] for each in few.said()} == {("yi", "54321", 1), ("yi", "11111", 2)}
    assert len(counts(few).superseded) == 1


# --- for everybody


@pytest.mark.parametrize(("size", "language", "dark"), [(PHONE, "zh-CN", False), (DESK, "en-GB", True)])
def test_every_state_of_the_sheet_is_open_to_all(has, engine, size, language, dark):
    many = has(26)
    first, second, third = list(many.tasks())[:3]
    many.casts("li", third, "33333")
    with served(many.town.site()) as base, window(engine, base, size, language=language, dark=dark) as tab:
        signs_in(tab, many.town, "li")
        page = tab.opens(f"/sheet?language={language[:2]}")
        name = f"{size[0]}-{language}-{'dark' if dark else 'light'}"

        def is_open(state):
            picture(tab, f"sheet-{state}-{name}")
            assert barriers(page) == [], state
            tab.is_sound()

        page.locator("#criteria summary").click()
        is_open("top")
        page.locator("#criteria summary").click()
        taps(tab, many, first, "54321")
        taps(tab, many, second, "54")
        page.locator(f"#unit-{many.tasks()[second]} .sheet-comment summary").click()
        page.locator(f"#unit-{many.tasks()[third]} .sheet-again > summary").click()
        page.locator(f"#unit-{many.tasks()[third]} .none").click()
        tap(tab, many, second, 2, "3")
        is_open("filling")
        page.locator("#to-review").click()
        is_open("review")
        page.locator("#send").click()
        expect(page.locator("#receipts")).to_be_visible()
        is_open("receipts")
