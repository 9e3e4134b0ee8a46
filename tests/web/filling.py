"""Filling in the page of a questionnaire with everything in it, and reading off it what stands where."""

from __future__ import annotations

from sqlalchemy import select

from surveys.models import Answer
from tests.web.cast import GROWN, Town
from tests.web.every_type import PLACES

WARD, HELP = 'ward "7"', "help<b>"


def begun(town: Town, browse, ticket: str, **more: str):
    browser = browse(town.site(), **more)
    browser.home = f"/s/{ticket}"
    browser.opens(browser.home)
    browser.sends(f"{browser.home}/consent", change=GROWN)
    return browser


def fields(**answers) -> dict:
    """Answers by question id, as fields; `own …` are own words; a list is several."""
    made = {}
    for name, value in answers.items():
        is_own = name.startswith("own ")
        made[f"{'o' if is_own else 'a'}.{PLACES[name.removeprefix('own ')]}"] = value
    return made


def fills(mei, *, text=True, **answers):
    return mei.sends(mei.home, change=fields(**answers) | ({"text": "yes"} if text else {}))


def stored(town) -> dict[str, tuple[str, ...]]:
    with town.database.transaction() as session:
        rows = session.execute(select(Answer.question_id, Answer.value).order_by(Answer.question_id, Answer.place))
        found: dict[str, tuple[str, ...]] = {}
        for name, value in rows:
            found[name] = (*found.get(name, ()), value)
        return found


def fault(mei, name: str) -> str:
    return mei.page.one("p", id=f"fault-{PLACES[name]}").text


def values(mei, name: str) -> list[str]:
    return [each["value"] for each in mei.page.every("input", name=f"a.{PLACES[name]}") if each["type"] != "hidden"]


def checked(mei, name: str) -> list[str]:
    boxes = mei.page.every("input", name=f"a.{PLACES[name]}")
    return [each["value"] for each in boxes if "checked" in each.attributes]


def is_seen(mei, name: str) -> bool:
    item = mei.page.every("fieldset", id=f"q-{PLACES[name]}") + mei.page.every("div", id=f"q-{PLACES[name]}")
    return "hidden" not in item[0].attributes
