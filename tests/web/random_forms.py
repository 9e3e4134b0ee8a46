"""Questionnaires and answers by chance, for what must hold for all of them: every type, groups, parents, conditions.

Conditions look back and ahead, but never in a circle. Values come from short lists, so that conditions often hold.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.web.every_type import KIND, both

VALUES: dict[str, list[str]] = {
    "boolean": ["true", "false"],
    "integer": ["-2", "0", "1", "7", "10"],
    "decimal": ["0.5", "0.50", "1", "-3.25", "10"],
    "date": ["2026-01-31", "2026-03-01", "2024-02-29"],
    "time": ["08:30:00", "23:59:00", "00:00:00"],
    "dateTime": ["2026-03-01T08:30:00+08:00", "2026-03-01T01:00:00+08:00", "2025-12-31T23:59:00+08:00"],
    "string": ["a", "b c", "好"],
    "text": ["a", "长 一些"],
    "choice": ["o1", "o2", "o3"],
}
_PARTIAL = {"date": ["2026", "2026-03"], "dateTime": ["2026-03-01", "2026-03-01T00:30:00Z"]}
_ORDERED = ("integer", "decimal", "date", "time", "dateTime")
_TYPES = (*VALUES, "choice", "boolean")  # choices and yes or no are the most common


def form(chance: Random, *, version: str, size: int = 10) -> dict[str, Any]:
    """A sound questionnaire of about `size` items, fit to be asked."""
    items: list[dict[str, Any]] = []
    for number in range(size):
        items.append(_item(chance, f"i {number}", _holders(items)))
    _condition(chance, items)
    _ask_nothing_that_is_required_in_silence(items)
    if not any(_is_asked(item) for item in items):
        items.append({"id": "last", "type": "boolean", "text": both("好吗？", "Well?")})
    return {
        "id": "random", "version": version, "kinds": [KIND], "languages": ["zh", "en"], "title": both("随机", "Random"),
        "notice": both("说明", "Notice"), "notice_version": "1", "thanks": both("谢谢", "Thanks"), "questions": items,
    }  # fmt: skip


def _ask_nothing_that_is_required_in_silence(items: list[dict[str, Any]]) -> None:
    """In a group that is hidden or fixed nobody is asked: nothing there may be required without an initial answer."""
    silent: set[str] = set()
    for item in items:
        if item.get("parent") in silent or item.get("hidden") or (item["type"] == "group" and item.get("read_only")):
            silent.add(item["id"])
            if item.get("required") and "initial" not in item:
                item["required"] = False


def answer(chance: Random, item: dict[str, Any]) -> list[str]:
    """An answer to an item as it would be stored, one that is allowed; often none."""
    if chance.random() < 0.25:
        return []
    if not item.get("repeats"):
        return [_value(chance, item)]
    count = chance.randint(1, 3)
    values = list(dict.fromkeys(_value(chance, item) for _ in range(count)))
    exclusive = {option["code"] for option in item.get("options", []) if option.get("is_exclusive")}
    alone = [value for value in values if value in exclusive]
    return alone[:1] or values


def _value(chance: Random, item: dict[str, Any]) -> str:
    if item.get("constraint") == "optionsOrString" and chance.random() < 0.3:
        return "~" + chance.choice(["o1", "别的"])
    return chance.choice(VALUES[item["type"]])


def _item(chance: Random, name: str, holders: list[dict[str, Any]]) -> dict[str, Any]:
    kind = chance.choice(("group", "display", *_TYPES, *_TYPES))
    item: dict[str, Any] = {"id": name, "type": kind, "text": both(f"题 {name}", f"Item {name}")}
    parent = chance.choice([None, None, *holders])
    if parent is not None:
        item["parent"] = parent["id"]
    if kind in ("group", "display"):
        if kind == "group" and chance.random() < 0.15:
            item[chance.choice(["hidden", "read_only"])] = True
        return item
    item["required"] = chance.random() < 0.4
    item["repeats"] = kind != "boolean" and chance.random() < 0.3
    if kind == "choice":
        item["options"] = [{"code": code, "text": both(code, code)} for code in VALUES["choice"]]
        if item["repeats"] and chance.random() < 0.5:
            item["options"][2]["is_exclusive"] = True
        item["constraint"] = chance.choice(["optionsOnly", "optionsOrString"])
    fate = chance.random()
    if fate < 0.15:
        item |= {
            chance.choice(["hidden", "read_only"]): True,
            "initial": chance.choice(VALUES[kind]),
            "required": False,
        }
    elif fate < 0.25:
        item["initial"] = chance.choice(VALUES[kind])
    return item


def _holders(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a new last item may stand in: the way from the last item up."""
    by_id = {item["id"]: item for item in items}
    found, at = [], items[-1] if items else None
    while at is not None:
        if at["type"] != "display" and not at.get("repeats"):
            found.append(at)
        at = by_id.get(at.get("parent", ""))
    return found


def _condition(chance: Random, items: list[dict[str, Any]]) -> None:
    needs = {item["id"]: {item["parent"]} if "parent" in item else set() for item in items}
    for item in items:
        if chance.random() < 0.5:
            continue
        about = [each for each in items if each["type"] not in ("group", "display")]
        chosen = [
            each for each in chance.sample(about, min(2, len(about))) if not _leads(needs, each["id"], item["id"])
        ]
        for each in chosen:
            item.setdefault("enable_when", []).append(_one(chance, each))
            needs[item["id"]].add(each["id"])
        if len(item.get("enable_when", [])) > 1:
            item["enable_behavior"] = chance.choice(["all", "any"])


def _leads(needs: dict[str, set[str]], start: str, to: str) -> bool:
    """Whether what decides about `start` depends on `to`."""
    waiting, seen = [start], set()
    while waiting:
        at = waiting.pop()
        if at == to:
            return True
        if at not in seen:
            seen.add(at)
            waiting += needs[at]
    return False


def _one(chance: Random, about: dict[str, Any]) -> dict[str, Any]:
    operators = ["=", "=", "!=", "exists"] + (["<", ">", "<=", ">="] if about["type"] in _ORDERED else [])
    operator = chance.choice(operators)
    if operator == "exists":
        return {"question": about["id"], "operator": operator, "value": chance.random() < 0.6}
    values = VALUES[about["type"]] + _PARTIAL.get(about["type"], [])
    return {"question": about["id"], "operator": operator, "value": chance.choice(values)}


def _is_asked(item: dict[str, Any]) -> bool:
    return item["type"] not in ("group", "display") and not item.get("hidden") and not item.get("read_only")
