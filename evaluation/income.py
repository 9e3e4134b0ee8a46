"""Whether an indicator rewards income alone (rule 84). PURE.

An indicator says so itself by the flag `income`, or its name does: income, revenue or a surplus together with growth or
an amount, or measured in money. How income is made up, such as a share of it, is another matter, and so is whose money
is not the unit's: its people's pay, an insurance fund. Refuses to know points.
"""

from __future__ import annotations

import re

from evaluation.elements import INCOME, UP, Indicator

_OTHER_WORDS = re.compile(r"低收入|收入(?:住)?院|low.income", re.IGNORECASE)  # admitted, and people who are poor
_INCOME = re.compile(r"收入|营收|结余|盈余|利润|\b(?:incomes?|revenues?|earnings|surplus|profits?)\b", re.IGNORECASE)
_MORE = re.compile(
    r"增幅|增长|增加|增速|增量|增收|提升|提高|总额|总量|总收入|规模|金额|数额|同比|环比"
    r"|\b(?:growth|grow[ns]?|growing|increas(?:e[sd]?|ing)|ris(?:e|es|ing)|gains?|totals?|amounts?|volume|more|higher)\b",
    re.IGNORECASE,
)
_PART = re.compile(
    r"占比|比例|比重|比值|结构|构成|占[^,，。;；]*比|百元|每元"
    r"|\b(?:shares?|proportions?|ratios?|structure|composition|percentage of|part of|per (?:100|hundred))\b",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"人员|职工|员工|医生|医师|护士|居民|患者|村医|医保|基金"
    r"|\b(?:staff|workers?|doctors?|nurses?|residents?|patients?|wages?|insurance|funds?)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(r"元|\b(?:yuan|rmb|cny)\b", re.IGNORECASE)
_YUAN = "yuan"


def rewards_income(indicator: Indicator) -> bool:
    """Whether more income alone earns more points."""
    if indicator.direction != UP:
        return False
    return INCOME in indicator.flags or any(_names_income(name, indicator) for name in indicator.name.values())


def _names_income(name: str, indicator: Indicator) -> bool:
    name = _OTHER_WORDS.sub(" ", name)
    if _INCOME.search(name) is None or _PART.search(name) or _OF_OTHERS.search(name):
        return False
    return _MORE.search(name) is not None or _is_money(indicator)


def _is_money(indicator: Indicator) -> bool:
    wordings = (indicator.unit_wording or {}).values()
    return indicator.unit == _YUAN or any(_MONEY.search(words) for words in wordings)
