"""The small consortium of the journeys: seven units, so that each has six raters; two people in the office.

Writes the files that a person would edit after `tongping init`; the scheme and the questionnaire stay the example's.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

UNITS = {
    "jia": ("人民医院", "People's Hospital", "tertiary"),
    "yi": ("二院", "Second Hospital", "secondary"),
    "bing": ("社区中心", "Community Centre", "primary"),
    "ding": ("城东医院", "Chengdong Hospital", "secondary"),
    "wu": ("柳荫中心", "Liuyin Centre", "primary"),
    "ji": ("石桥中心", "Shiqiao Centre", "primary"),
    "geng": ("南山中心", "Nanshan Centre", "primary"),
}
"""Code → name in Chinese, name in English, tier."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the consortium as `consortium.toml` names them."""

    id: str
    name: str
    roles: tuple[str, ...]
    units: tuple[str, ...] = ()
    language: str = "zh"


CHEN = Member("chen", "陈静", ("office",))
ZHAO = Member("zhao", "赵磊", ("office",))
LI = Member("li", "李敏", ("representative",), ("jia",))
WANG = Member("wang", "王芳", ("representative",), ("yi",), "en")
OTHERS = tuple(
    Member(f"{unit}.rep", f"{UNITS[unit][0]}代表", ("representative",), (unit,))
    for unit in UNITS
    if unit not in {"jia", "yi"}
)
PEOPLE = (CHEN, ZHAO, LI, WANG, *OTHERS)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an installation has of its own. `jobs`: lines of the timetable. `periods`: months with cooperation."""

    people: tuple[Member, ...] = PEOPLE
    jobs: tuple[Mapping[str, object], ...] = ()
    periods: tuple[str, ...] = ()
    public_key: str = ""
    key_file: str = ""
    bot: str = "tongping_bot"
    accounts: Mapping[str, int] = field(default_factory=dict)

    def without(self, member: Member) -> Wishes:
        return replace(self, people=tuple(each for each in self.people if each.id != member.id))

    def with_member(self, member: Member) -> Wishes:
        return replace(self, people=(*self.people, member))


def consortium_toml(wishes: Wishes) -> str:
    """`consortium.toml` for these wishes."""
    lines = [
        "[consortium]",
        'name = { zh = "小集团", en = "Small group" }',
        'time_zone = "Asia/Shanghai"',
        "[telegram]",
        f"bot = {_written(wishes.bot)}",
        "[review]",
        f"public_key = {_written(wishes.public_key)}",
        f"key_file = {_written(wishes.key_file)}",
    ]
    for code, (zh, en, tier) in UNITS.items():
        lines += ["[[units]]", f"code = {_written(code)}", f"name = {{ zh = {_written(zh)}, en = {_written(en)} }}"]
        lines += [f"tier = {_written(tier)}"]
    for person in wishes.people:
        lines += ["[[people]]", f"id = {_written(person.id)}", f"name = {_written(person.name)}"]
        lines += [f"language = {_written(person.language)}", f"roles = {_written(person.roles)}"]
        lines += [f"units = {_written(person.units)}"] if person.units else []
        lines += [f"telegram = {wishes.accounts[person.id]}"] if person.id in wishes.accounts else []
    return "\n".join(lines) + "\n"


def schedule_toml(wishes: Wishes) -> str:
    """`schedule.toml` for these wishes."""
    rows = (", ".join(f"{name} = {_written(value)}" for name, value in job.items()) for job in wishes.jobs)
    jobs = "\n".join(f"  {{ {row} }}," for row in rows)
    return f'jobs = [\n{jobs}\n]\n[cooperation]\nfile = "cooperation.csv"\n'


def cooperation_csv(periods: Iterable[str]) -> str:
    """Everybody worked with everybody, in each of these months."""
    rows = [
        (one, other, "referral", 3, period) for period in periods for one, other in itertools.combinations(UNITS, 2)
    ]
    return table(("unit_a", "unit_b", "kind", "count", "period"), rows)


def readings_csv(period: str) -> str:
    """A reading or two for every unit, as the office imports them."""
    indicators = {
        "tertiary": [("down_referral", 9, 100), ("readmission", 3, 100)],
        "secondary": [("record_sharing", 80, 100), ("readmission", 4, 100)],
        "primary": [("first_visit", 21, 100), ("standard_management", 60, 100)],
    }
    rows = [
        (unit, period, indicator, numerator + place, denominator, "")
        for place, (unit, (_, _, tier)) in enumerate(UNITS.items())
        for indicator, numerator, denominator in indicators[tier]
    ]
    return table(("unit", "period", "indicator", "numerator", "denominator", "value"), rows)


def table(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def _written(value: object) -> str:
    """A text, number or list as TOML writes it, which for these is how JSON does."""
    return json.dumps(value, ensure_ascii=False)
