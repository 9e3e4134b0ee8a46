"""The count on the page: who may come, what is taken, what is kept of it, two people at once, and every way to fail."""

from __future__ import annotations

import gc
import json
from dataclasses import replace

import pytest
import structlog
from sqlalchemy import delete, select

from consortium.models import Person, Role
from locales.errors import DomainError, explain
from locales.texts import text
from reviews.erasure import Erased
from reviews.models import PublishedReceipts
from reviews.panel_models import Panel
from reviews.results import Counted
from reviews.trustees import key_text, share_private_key
from scheduler.counting import Done
from storage.audit import AuditRow
from tests.bot.phone import everything_stored
from tests.reviews.panel import EXPERTS, PanelSeason
from tests.web.cast import SECRET, Town
from tests.web.counting_cast import CLOSED, NAMES, VOTES, Vault, plain_key, trustees_key
from web import counting, counting_run
from web.counting_room import LIFETIME
from web.forms import form_token

PAGE = "/count/2026-10"


@pytest.fixture
def vault(town_of_trustees, tmp_path):
    return Vault(town_of_trustees, tmp_path).is_waiting()


@pytest.fixture
def town_of_trustees(database):
    return Town(database)


@pytest.fixture
def quick(monkeypatch):
    """Counts that do nothing but note what they were given: for whatever comes before a count."""
    seen = []

    def run_count(_database, **given):
        seen.append(given)
        return Done(Counted(0, 0, 0, 0, ""), Erased())

    monkeypatch.setattr(counting_run, "run_count", run_count)
    return seen


def words(number):
    return trustees_key()[2][number - 1].words


def sentence(code, language="zh", **details):
    return explain(language, DomainError(code, **details))


def fault(page):
    return page.one("p", id="fault").text


# ── who may come ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/count", PAGE])
def test_only_trustees_come_here(vault, browse, path):
    assert browse(vault.site).get(path).status_code == 401
    for person in ("chen", "gao", "li"):
        assert vault.browser(person, browse).get(path).status_code == 403
    for person in ("he", "luo", "tang"):
        assert vault.browser(person, browse).get(path).status_code == 200


@pytest.mark.parametrize("way", ["key", "share", "take-back", "start", "erase"])
def test_nobody_else_posts_here_either(vault, browse, quick, way):
    fields = {"share": {"share": words(1)}, "key": {"key": "x"}}.get(way, {})
    assert browse(vault.site).post(f"{PAGE}/{way}", fields).status_code == 401
    for person in ("chen", "li"):
        browser = vault.browser(person, browse)
        token = form_token(SECRET, browser.client.cookies["tongping"])
        assert browser.post(f"{PAGE}/{way}", {"csrf": token} | fields).status_code == 403
    luo = vault.browser("luo", browse)
    assert luo.post(f"{PAGE}/{way}", {"csrf": "0" * 32} | fields).status_code == 403
    assert vault.site.state.counting.given("2026-10", 0.0) == ()
    assert quick == []


def test_who_is_a_trustee_no_more_is_turned_away_though_signed_in(vault, browse):
    luo = vault.browser("luo", browse)
    with vault.database.transaction() as session:
        session.execute(delete(Role).where(Role.person_id == "luo"))
    assert luo.get(PAGE).status_code == 403


@pytest.mark.parametrize(("path", "status"), [
    ("/count/2026-09", 404), ("/count/2026-Q4", 404), ("/count/2026", 404), ("/count/x", 422), ("/count/2026-13", 422),
])  # fmt: skip
def test_rounds_that_are_none_are_not_found(vault, browse, path, status):
    assert vault.browser("luo", browse).get(path).status_code == status


def test_a_trustee_without_another_role_comes_here_after_signing_in(vault, browse):
    assert vault.browser("luo", browse).path == "/count"
    assert vault.browser("he", browse).path == "/office"


def test_a_link_leads_to_the_round_it_names_and_nowhere_else(vault, browse):
    for to, path in ((PAGE, PAGE), ("//evil.example", "/count"), ("/office", "/count"), ("/count/../office", "/count")):
        browser, token = browse(vault.site), vault.town.link("luo")
        browser.opens(f"/sign-in/{token}", params={"to": to})
        [form] = browser.page.every("form")
        browser.post(form["action"], {})
        browser._followed()
        assert browser.path == path


# ── what is shown ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_names_what_waits_and_says_when_nothing_does(vault, browse):
    page = vault.browser("luo", browse).opens("/count")
    assert "2026年10月互评等待两位保管人" in page.text
    assert [link["href"] for link in page.every("a", class_="primary")] == [PAGE]
    assert "3 张评分票" in page.text


def test_without_a_round_the_list_is_empty_and_names_the_trustees(town_of_trustees, tmp_path, browse):
    vault = Vault(town_of_trustees, tmp_path).is_founded().can_be_told("he")
    page = vault.browser("tang", browse).opens("/count?language=zh")
    assert text("zh", "trustees.nothing") in page.text
    holders = [each.text for each in page.one("ul", class_="holders").every("li")]
    unbound = text("zh", "trustees.unbound")
    assert holders == ["何敏", f"罗秀兰 {unbound}", f"Tang Zhiqiang {unbound}"]


def test_the_page_says_since_when_how_many_ballots_and_who_has_given(vault, browse):
    luo, he = vault.browser("luo", browse), vault.browser("he", browse)
    page = vault.gives(luo, 2)
    assert "2026-11-02 18:00" in page.text
    assert "3 张评分票" in page.text
    for browser in (luo, he):
        shown = [each.text for each in browser.opens(PAGE).one("ul", class_="holders").every("li")]
        assert [each.split()[0] for each in shown if "已交份额" in each] == ["罗秀兰"]
    assert all(name in page.text for name in NAMES)


def test_an_open_round_takes_no_share(town_of_trustees, tmp_path, browse, quick):
    vault = Vault(town_of_trustees, tmp_path).is_founded().opens()
    luo = vault.browser("luo", browse)
    page = luo.opens(PAGE)
    assert not page.every("textarea")
    token = form_token(SECRET, luo.client.cookies["tongping"])
    assert luo.post(f"{PAGE}/share", {"csrf": token, "share": words(1)}).status_code == 303
    assert vault.site.state.counting.given("2026-10", 0.0) == ()
    assert quick == []


# ── giving a share ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wrong", ["", "abandon", "x " * 33, "academic " * 33])
def test_a_slip_is_said_without_a_word_and_the_field_is_not_filled_in_again(vault, browse, wrong):
    luo = vault.browser("luo", browse)
    luo.opens(PAGE)
    page = luo.sends(f"{PAGE}/share", change={"share": wrong})
    assert luo.status == 422
    assert page.one("textarea", id="share").text == ""
    if wrong:
        assert wrong.split()[0] not in page.text
    assert fault(page)


def test_a_share_with_one_word_wrong_repeats_no_word(vault, browse):
    mine = words(2).split()
    for bad in ([*mine[:-1], mine[0]], [*mine[:5], "zzzzz", *mine[6:]], mine[:-1]):
        luo = vault.browser("luo", browse)
        luo.opens(PAGE)
        luo.sends(f"{PAGE}/share", change={"share": " ".join(bad)})
        assert luo.status == 422
        shown = luo.response.text
        assert not [word for word in {*mine, "zzzzz"} if len(word) > 6 and f">{word}" in shown]
        assert " ".join(bad[:3]) not in shown
    assert vault.site.state.counting.given("2026-10", 0.0) == ()


def test_a_share_of_another_key_is_refused(vault, browse):
    _, others = share_private_key(plain_key()[0], trustees=NAMES, wrapping_key=bytes(32))
    luo = vault.browser("luo", browse)
    luo.opens(PAGE)
    page = luo.sends(f"{PAGE}/share", change={"share": others[0].words})
    assert fault(page) == sentence("share_foreign", trustees=", ".join(NAMES))


def test_a_share_is_taken_as_it_was_written_down(vault, browse):
    luo = vault.browser("luo", browse)
    luo.opens(PAGE)
    written = "\n".join(f"{place}. {word.upper()[:4]}" for place, word in enumerate(words(2).split(), start=1))
    page = luo.sends(f"{PAGE}/share", change={"share": f"# Share 2 of 3\n{written}"})
    assert luo.status == 200
    assert "罗秀兰" in page.one("section", class_="good").text
    assert not page.every("textarea")


def test_one_person_cannot_be_two_trustees(vault, browse):
    luo = vault.browser("luo", browse)
    vault.gives(luo, 2)
    token = form_token(SECRET, luo.client.cookies["tongping"])
    luo.post(f"{PAGE}/share", {"csrf": token, "share": words(1)})
    assert fault(luo.page) == sentence("share_given")
    again = vault.browser("luo", browse)  # signed in a second time, elsewhere
    token = form_token(SECRET, again.client.cookies["tongping"])
    again.post(f"{PAGE}/share", {"csrf": token, "share": words(1)})
    assert fault(again.page) == sentence("share_given")


def test_the_second_share_must_be_another_one(vault, browse):
    vault.gives(vault.browser("luo", browse), 2)
    page = vault.gives(vault.browser("he", browse), 2)
    assert fault(page) == sentence("share_twice", trustee="罗秀兰")


def test_a_share_can_be_taken_back(vault, browse):
    luo = vault.browser("luo", browse)
    vault.gives(luo, 2)
    page = luo.sends(f"{PAGE}/take-back")
    assert page.one("textarea", id="share").text == ""
    assert vault.site.state.counting.given("2026-10", 0.0) == ()


def test_shares_are_forgotten_after_a_quarter_of_an_hour(vault, browse, monkeypatch, quick):
    start = counting.time.monotonic()
    monkeypatch.setattr(counting.time, "monotonic", lambda: start)
    luo, he = vault.browser("luo", browse), vault.browser("he", browse)
    vault.gives(luo, 2)
    monkeypatch.setattr(counting.time, "monotonic", lambda: start + LIFETIME - 1)
    assert "start" in vault.gives(he, 1).one("form", action=f"{PAGE}/start")["action"]
    monkeypatch.setattr(counting.time, "monotonic", lambda: start + LIFETIME)
    page = he.sends(f"{PAGE}/start")
    assert fault(page) == sentence("count_shares_missing", given=1, needed=2)
    assert quick == []


def test_wrong_shares_slow_their_sender_down(vault, browse):
    luo = vault.browser("luo", browse)
    luo.opens(PAGE)
    token = form_token(SECRET, luo.client.cookies["tongping"])
    statuses = [luo.post(f"{PAGE}/share", {"csrf": token, "share": "abandon"}).status_code for _ in range(70)]
    assert statuses[0] == 422
    assert statuses[-1] == 429


# ── the count ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_trustees_count_and_everybody_concerned_is_told(vault, browse):
    vault.can_be_told("luo", "he", "tang", "chen", "li")
    luo, he = vault.browser("luo", browse), vault.browser("he", browse)
    page = vault.gives(luo, 2)
    assert not page.every("form", action=f"{PAGE}/start")
    page = vault.gives(he, 1)
    assert page.every("form", action=f"{PAGE}/start")
    page = vault.begins(he)
    round_ = vault.round()
    assert (round_.state, round_.ballots_counted, round_.ballots_void) == ("erased", 3, 0)
    assert round_.root in page.text
    assert not page.every("textarea")
    told = vault.told()
    assert [chat for chat, _ in told] == ["901", "900", "902", "903"]
    assert all(round_.root in said for _, said in told)
    assert "October 2026 is counted" in dict(told)["902"]
    with vault.database.transaction() as session:
        rows = session.execute(select(AuditRow.actor, AuditRow.details).where(AuditRow.action == "begin_count")).all()
        assert [tuple(row) for row in rows] == [("person:he", {"with": "person:luo"})]
        [published] = session.scalars(select(PublishedReceipts.published))
        assert all(receipt in published for receipt in vault.receipts)


def test_no_share_and_no_key_is_anywhere_afterwards(vault, browse):
    with structlog.testing.capture_logs() as logs:
        luo, tang = vault.browser("luo", browse), vault.browser("tang", browse)
        vault.gives(luo, 2)
        vault.gives(tang, 3)
        page = vault.begins(tang)
    assert vault.round().state == "erased"
    stored = everything_stored(vault.database)
    for number in (2, 3):
        for piece in (words(number), " ".join(words(number).split()[:4])):
            assert piece.encode() not in stored
            assert piece not in json.dumps(logs, default=str)
            assert piece not in page.text
    gc.collect()
    texts = [each for each in gc.get_objects() if type(each).__name__ in ("Given", "Share")]
    assert not [each for each in texts if type(each).__name__ == "Given"]


def test_pages_of_the_count_are_kept_by_no_cache(vault, browse):
    luo = vault.browser("luo", browse)
    vault.gives(luo, 2)
    assert luo.get(PAGE).headers["cache-control"] == "no-store"
    field = luo.page
    assert not field.every("textarea")
    he = vault.browser("he", browse)
    share = he.opens(PAGE).one("textarea", id="share")
    assert (share["autocomplete"], share["spellcheck"], share["autocapitalize"]) == ("off", "false", "none")


def test_the_third_trustee_sees_that_two_are_enough_and_cannot_begin(vault, browse, quick):
    vault.gives(vault.browser("luo", browse), 2)
    vault.gives(vault.browser("he", browse), 1)
    tang = vault.browser("tang", browse)
    page = tang.opens(f"{PAGE}?language=zh")
    assert text("zh", "trustees.full") in page.text
    assert not page.every("textarea")
    token = form_token(SECRET, tang.client.cookies["tongping"])
    tang.post(f"{PAGE}/start", {"csrf": token})
    assert tang.status == 422
    tang.post(f"{PAGE}/share", {"csrf": token, "share": words(3)})
    assert fault(tang.page) == sentence("shares_complete")
    assert quick == []


def test_a_giver_who_is_a_trustee_no_more_counts_nothing(vault, browse, quick):
    vault.gives(vault.browser("luo", browse), 2)
    he = vault.browser("he", browse)
    vault.gives(he, 1)
    with vault.database.transaction() as session:
        session.execute(delete(Role).where(Role.person_id == "luo"))
    page = he.sends(f"{PAGE}/start")
    assert fault(page) == sentence("count_shares_missing", given=1, needed=2)
    assert quick == []


def test_pressing_twice_begins_once(vault, browse, quick):
    vault.gives(vault.browser("luo", browse), 2)
    he = vault.browser("he", browse)
    vault.gives(he, 1)
    token = form_token(SECRET, he.client.cookies["tongping"])
    answers = he.together(6, "POST", f"{PAGE}/start", data={"csrf": token})
    assert min(each.status_code for each in answers) == 303
    vault.is_over()
    assert len(quick) == 1


def test_shares_that_do_not_open_the_key_are_said_and_dropped(town_of_trustees, tmp_path, browse):
    """Shares that bear the mark of this key and belong to another: somebody has been at the key file."""
    key = trustees_key()[1]
    other, shares = share_private_key(plain_key()[0], trustees=NAMES, wrapping_key=bytes(32))
    vault = of_key(town_of_trustees, tmp_path, key_text(replace(key, identifier=other.identifier)))
    luo, he = vault.browser("luo", browse), vault.browser("he", browse)
    for browser, share in ((luo, shares[1]), (he, shares[0])):
        browser.opens(PAGE)
        browser.sends(f"{PAGE}/share", change={"share": share.words})
    page = vault.begins(he)
    assert sentence("shares_wrong", one="罗秀兰", other="何敏") in page.text
    assert (vault.round().state, vault.site.state.counting.given("2026-10", 0.0)) == ("closed", ())
    assert page.every("textarea", id="share")


def test_a_fault_of_ours_is_said_without_its_words(vault, browse, monkeypatch):
    def run_count(_database, **_given):
        raise RuntimeError("the marks were 44444")

    monkeypatch.setattr(counting_run, "run_count", run_count)
    vault.gives(vault.browser("luo", browse), 2)
    he = vault.browser("he", browse)
    vault.gives(he, 1)
    with structlog.testing.capture_logs() as logs:
        page = vault.begins(he)
    assert sentence("fault") in page.text
    assert "44444" not in page.text + json.dumps(logs, default=str)
    assert [each["event"] for each in logs if each["log_level"] == "error"] == ["count_failed"]
    assert page.every("textarea")


def test_a_round_that_somebody_counted_meanwhile_is_shown_as_it_is(vault, browse):
    luo, he = vault.browser("luo", browse), vault.browser("he", browse)
    vault.gives(luo, 2)
    vault.gives(he, 1)
    vault.begins(he)
    assert vault.round().root in luo.opens(PAGE).text
    token = form_token(SECRET, luo.client.cookies["tongping"])
    assert luo.post(f"{PAGE}/share", {"csrf": token, "share": words(2)}).status_code == 303
    assert luo.post(f"{PAGE}/erase", {"csrf": token}).status_code == 303


def test_while_it_runs_the_page_shows_how_far_it_is(vault, browse):
    room = vault.site.state.counting
    vault.gives(vault.browser("luo", browse), 2)
    he = vault.browser("he", browse)
    vault.gives(he, 1)
    room.begin("2026-10", "he", counting.time.monotonic())
    assert text("zh", "trustees.begins") in he.opens(PAGE).text
    room.count("2026-10").done, room.count("2026-10").total = 1200, 60000
    page = he.opens(PAGE)
    assert "1200 / 60000" in page.text
    assert (page.one("progress")["value"], page.one("progress")["max"]) == ("1200", "60000")
    assert [each["src"].partition("?")[0] for each in page.every("script")] == ["/static/counting.js"]
    assert not page.every("textarea")
    room.count("2026-10").outcome = "counted"


def test_what_could_not_be_erased_is_erased_later_without_a_share(vault, browse, monkeypatch):
    whole = counting_run.run_count

    def stops_before_erasing(database, **given):
        monkeypatch.setattr("scheduler.counting.erase_round", _blocked)
        whole(database, **given)

    monkeypatch.setattr(counting_run, "run_count", stops_before_erasing)
    vault.can_be_told("chen")
    vault.gives(vault.browser("luo", browse), 2)
    he = vault.browser("he", browse)
    vault.gives(he, 1)
    page = vault.begins(he)
    assert vault.round().state == "counted"
    assert sentence("erasure_blocked") in page.text
    assert [chat for chat, _ in vault.told()] == ["900"]
    he.sends(f"{PAGE}/erase")
    vault.is_over()
    assert vault.round().state == "erased"
    assert sentence("erasure_blocked") not in he.opens(PAGE).text
    assert [chat for chat, _ in vault.told()] == ["900"]


def a_panel_is_over(vault):
    """Experts have marked, and their month's panel is closed."""
    with vault.database.transaction() as session:
        for person in EXPERTS:
            session.add(Person(id=person, name=person.title(), language="zh", active=True))
        session.flush()
        session.add_all([Role(person_id=person, role="expert") for person in EXPERTS])
        session.flush()
        season = PanelSeason(session, ("", trustees_key()[0]), now=CLOSED)
        season.opens()
        season.marks("an", "yi", "44")
        season.closes()


def panel_state(vault):
    with vault.database.transaction() as session:
        return session.get_one(Panel, "2026-10").state


def test_a_panel_that_is_over_is_counted_with_the_round(vault, browse):
    a_panel_is_over(vault)
    luo, he = vault.browser("luo", browse), vault.browser("he", browse)
    assert text("zh", "trustees.panel") in vault.gives(luo, 2).text
    vault.gives(he, 1)
    vault.begins(he)
    assert (vault.round().state, panel_state(vault)) == ("erased", "erased")


def test_a_panel_that_ends_after_the_round_was_counted_is_counted_by_two_as_well(vault, browse):
    luo, he = vault.browser("luo", browse), vault.browser("he", browse)
    for number, browser in ((2, luo), (1, he)):
        vault.gives(browser, number)
    vault.begins(he)
    root = vault.round().root
    a_panel_is_over(vault)
    for number, browser in ((2, luo), (1, he)):
        page = vault.gives(browser, number)
    assert text("zh", "trustees.panel") in page.text
    vault.begins(he)
    assert (vault.round().state, vault.round().root, panel_state(vault)) == ("erased", root, "erased")


def _blocked(_database, **_given):
    raise DomainError("erasure_blocked")


# ── the key ────────────────────────────────────────────────────────────────────────────────────────────────────────


def of_key(town, folder, key_file):
    return Vault(town, folder).is_founded(key_file).opens().votes(*VOTES).closes()


def test_without_a_key_on_the_server_it_is_pasted_and_kept_in_memory(town_of_trustees, tmp_path, browse):
    vault = of_key(town_of_trustees, tmp_path, None)
    luo, he = vault.browser("luo", browse), vault.browser("he", browse)
    page = luo.opens(PAGE)
    assert "tongping review count 2026-10 --key-file" in page.text
    assert not page.every("textarea", id="share")
    page = luo.sends(f"{PAGE}/key", change={"key": key_text(trustees_key()[1])})
    assert page.every("textarea", id="share")
    vault.gives(luo, 2)
    vault.gives(he, 1)
    vault.begins(he)
    assert vault.round().state == "erased"
    assert vault.site.state.counting.key("2026-10", counting.time.monotonic()) is None
    assert trustees_key()[1].wrapped.encode() not in everything_stored(vault.database)


def test_the_key_may_come_as_a_file(town_of_trustees, tmp_path, browse):
    vault = of_key(town_of_trustees, tmp_path, None)
    luo = vault.browser("luo", browse)
    token = form_token(SECRET, luo.client.cookies["tongping"])
    files = {"file": ("key.json", key_text(trustees_key()[1]).encode())}
    assert luo.request("POST", f"{PAGE}/key", data={"csrf": token}, files=files).status_code == 303
    assert luo.opens(PAGE).every("textarea", id="share")


@pytest.mark.parametrize("given", ["", "   ", "{}", "not json", '{"type": "tongping-review-key"}', "[" * 4000])
def test_what_is_no_wrapped_key_is_refused(town_of_trustees, tmp_path, browse, given):
    vault = of_key(town_of_trustees, tmp_path, None)
    luo = vault.browser("luo", browse)
    luo.opens(PAGE)
    page = luo.sends(f"{PAGE}/key", change={"key": given})
    assert luo.status == 422
    assert fault(page) == sentence("wrapped_key_invalid" if given.strip() else "upload_missing")


def test_a_plain_key_is_never_taken_by_the_page(town_of_trustees, tmp_path, browse):
    vault = of_key(town_of_trustees, tmp_path, None)
    luo = vault.browser("luo", browse)
    luo.opens(PAGE)
    page = luo.sends(f"{PAGE}/key", change={"key": plain_key()[0]})
    assert fault(page) == sentence("wrapped_key_invalid")
    assert plain_key()[0][:60] not in luo.response.text


def test_a_key_of_another_round_is_refused(town_of_trustees, tmp_path, browse):
    vault = of_key(town_of_trustees, tmp_path, None)
    other, _ = share_private_key(plain_key()[0], trustees=NAMES, wrapping_key=bytes(32))
    luo = vault.browser("luo", browse)
    luo.opens(PAGE)
    assert fault(luo.sends(f"{PAGE}/key", change={"key": key_text(other)})) == sentence("count_key_foreign")


@pytest.mark.parametrize(("kind", "content"), [
    ("plain", lambda: plain_key()[0]),
    ("invalid", lambda: key_text(trustees_key()[1]).replace('"shares_needed": 2', '"shares_needed": 1')),
    ("foreign", lambda: key_text(share_private_key(plain_key()[0], trustees=NAMES, wrapping_key=bytes(32))[0])),
])  # fmt: skip
def test_the_page_says_what_is_wrong_with_the_key_on_the_server(town_of_trustees, tmp_path, browse, kind, content):
    vault = of_key(town_of_trustees, tmp_path, content())
    page = vault.browser("luo", browse).opens(PAGE)
    assert text("zh", f"trustees.key.{kind}", period="2026-10") in page.text
    assert not page.every("textarea", id="share")
    assert bool(page.every("textarea", id="key")) is (kind != "plain")


def test_a_key_file_that_cannot_be_read_is_said(vault, browse):
    vault.key_file.unlink()
    page = vault.browser("luo", browse).opens(PAGE)
    assert "服务器读不到它" in page.text
    vault.key_file.mkdir()
    assert "服务器读不到它" in vault.browser("he", browse).opens(PAGE).text


# ── the office ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_office_sees_who_has_given_and_who_cannot_be_told(vault, browse):
    vault.can_be_told("luo")
    vault.gives(vault.browser("luo", browse), 2)
    page = vault.browser("chen", browse).opens("/office")
    shown = [each.text for each in page.one("ul", class_="holders").every("li")]
    unbound = text("zh", "trustees.unbound")
    assert shown == [f"何敏 未交 {unbound}", "罗秀兰 已交份额", f"Tang Zhiqiang 未交 {unbound}"]


def test_the_office_sees_nothing_of_it_when_nothing_waits(town_of_trustees, tmp_path, browse):
    vault = Vault(town_of_trustees, tmp_path).is_founded().opens()
    assert not vault.browser("chen", browse).opens("/office").every("ul", class_="holders")
