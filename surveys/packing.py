"""What a file holds, on its way out of a confined process: a questionnaire or refusals as JSON, and back. PURE.

Unlike the document of `surveys.document` this is nobody's format: it is written and read by the same version, in one
breath, and judges nothing. Lists of options that several questions share are written once.
"""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

from surveys.refusals import Checked, Refusal
from surveys.structure import Condition, Dimension, Option, Question, Questionnaire, Unit

_DEFAULTS: dict[type, dict[str, Any]] = {
    type_: {
        each.name: each.default_factory() if callable(each.default_factory) else each.default for each in fields(type_)
    }
    for type_ in (Questionnaire, Question, Option, Condition, Dimension, Unit)
}


def pack(checked: Checked) -> dict[str, Any]:
    """As JSON values."""
    refusals = [[each.link_id, each.feature, each.code, _plain(each.details)] for each in checked.refusals]
    form = checked.questionnaire
    return {"refusals": refusals} if form is None else {"refusals": refusals, "form": _pack_form(form)}


def unpack(packed: dict[str, Any]) -> Checked:
    """The same again."""
    refusals = tuple(Refusal(*each) for each in packed["refusals"])
    return Checked(_unpack_form(packed["form"]) if "form" in packed else None, refusals)


def _pack_form(form: Questionnaire) -> dict[str, Any]:
    lists: dict[int, int] = {}
    written: list[list[dict[str, Any]]] = []
    questions = []
    for question in form.questions:
        if id(question.options) not in lists:
            lists[id(question.options)] = len(written)
            written.append([_values(option) for option in question.options])
        questions.append(_values(question) | {"options": lists[id(question.options)]})
    return {**_values(form), "questions": questions, "lists": written}


def _unpack_form(packed: dict[str, Any]) -> Questionnaire:
    lists = [tuple(_option(option) for option in options) for options in packed.pop("lists")]
    questions = tuple(_question(question, lists) for question in packed["questions"])
    dimensions = tuple(Dimension(**each) for each in packed.get("dimensions", ()))
    tuples: dict[str, Any] = {name: tuple(packed[name]) for name in ("languages", "kinds") if name in packed}
    return Questionnaire(**_carrying(packed) | tuples | {"questions": questions, "dimensions": dimensions})


def _question(packed: dict[str, Any], lists: list[tuple[Option, ...]]) -> Question:
    changed: dict[str, Any] = {"options": lists[packed["options"]]}
    if "enable_when" in packed:
        changed["enable_when"] = tuple(Condition(**each) for each in packed["enable_when"])
    if "initial" in packed:
        changed["initial"] = tuple(packed["initial"])
    if "unit" in packed:
        changed["unit"] = Unit(**packed["unit"])
    return Question(**_carrying(packed) | changed)


def _option(packed: dict[str, Any]) -> Option:
    return Option(**_carrying(packed) | ({"score": Fraction(packed["score"])} if "score" in packed else {}))


def _values(value: Any) -> dict[str, Any]:
    """The fields of one of our values that differ from their default, those inside it too."""
    defaults = _DEFAULTS[type(value)]
    said = ((name, getattr(value, name)) for name in defaults if name != "questions")
    return {
        name: _pack_carried(each) if name == "carried" else _plain(each)
        for name, each in said
        if each != defaults[name]
    }


def _carrying(packed: dict[str, Any]) -> dict[str, Any]:
    return packed if "carried" not in packed else packed | {"carried": _unpack_carried(packed["carried"])}


def _pack_carried(value: Any) -> Any:
    """JSON with exact numbers, told apart from a table that looks like one."""
    if isinstance(value, dict):
        return {"table": {name: _pack_carried(each) for name, each in value.items()}}
    if isinstance(value, list | tuple):
        return [_pack_carried(each) for each in value]
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _unpack_carried(packed: Any) -> Any:
    if isinstance(packed, list):
        return [_unpack_carried(each) for each in packed]
    if not isinstance(packed, dict):
        return packed
    if "decimal" in packed:
        return Decimal(packed["decimal"])
    return {name: _unpack_carried(each) for name, each in packed["table"].items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Option):
        return None  # written once for all questions that share the list
    if isinstance(value, Condition | Dimension | Unit):
        return _values(value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)
