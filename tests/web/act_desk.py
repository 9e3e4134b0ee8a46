"""A desk for the office's acts in tests: a season that has just begun, and pages whose buttons are pressed."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from locales.errors import DomainError, explain
from reviews.sealing import generate_keys
from scheduler.models import OfficeAct
from storage.database import Database
from tests.scheduler.cast import EXAMPLE, Clock, Office, at, cooperation_csv, set_up
from tests.web.browser import Browser, filled
from tests.web.cast import Town, signed_in

PATH = "/office/acts"
START = "2026-10-20 08:00"


def begun(database: Database, folder: Path) -> Office:
    """On 20 October: the example timetable, cooperation of two months, nothing open yet."""
    (folder / "cooperation.csv").write_bytes(cooperation_csv("2026-10", "2026-11"))
    with database.transaction() as session:
        set_up(session, schedule=EXAMPLE, folder=folder, now=at(START), keys=generate_keys())
    return Office(database, Clock(at(START)), folder)


def opened(office: Office) -> Office:
    """October's round is open until 2 November at 18:00, everybody is invited, nobody has scored."""
    office.ticks("2026-10-22 09:30")
    return office


def seated(browse, here: Office, person: str) -> Browser:
    """That person at a desk, as the clock stands now."""
    town = Town(here.database, now=here.clock())
    return signed_in(browse(town.site(clock=here.clock)), town, person)


def said(code, language="zh", **details):
    return explain(language, DomainError(code, **details))


def form_of(browser):
    """The form of the page that acts, as it stands."""
    forms = browser.page.one("main").every("form", method="post")
    assert len(forms) <= 1
    return forms[0] if forms else None


def buttons(browser):
    form = form_of(browser)
    return [(each["value"], each.text) for each in form.every("button")] if form else []


def press(browser, act, **change):
    """Press the button with this act; what follows is opened. The form is kept, for a second click."""
    form = form_of(browser)
    assert act in [value for value, _ in buttons(browser)]
    browser.kept = (form["action"], {**filled(form), "act": act, **change})
    return click_again(browser)


def click_again(browser):
    browser.post(*browser.kept)
    return browser._followed() if browser.status == 303 else browser.page


def alert(browser):
    return browser.page.one("p", role="alert").text


def done(browser):
    return browser.page.one("p", role="status").text


def shown(browser):
    """Heading and lines of the plan, as the chat would write them."""
    lines = browser.page.one("main").one("p", class_="plain").text
    return " ".join(f"{browser.heading} {lines}".split())


def agreed(browser, here):
    """The form that agrees to the one proposal, as a page may have drawn it."""
    with here.database.transaction() as session:
        digest = session.scalars(select(OfficeAct.digest)).one()
    return {"csrf": browser.page.one("footer").one("input", name="csrf")["value"], "act": "agree", "digest": digest}


def count(here, model, *where):
    with here.database.transaction() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))
