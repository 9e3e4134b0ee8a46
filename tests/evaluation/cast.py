"""Who plays in the evaluation tests: five units in three tiers, the example scheme, and a month with all its figures."""

from __future__ import annotations

import copy
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

import app
from consortium.disclosure import PEER_THRESHOLDS, band_floor
from consortium.models import Installation, Unit
from consortium.periods import Period
from evaluation.indicators import ImportReport, import_readings
from evaluation.models import SchemeVersion, Settlement
from evaluation.scheme import Scheme, parse_scheme
from evaluation.schemes import apply_scheme
from evaluation.scorecards import settle_period
from locales.errors import DomainError, Finding, explain
from reviews.criteria import CRITERIA, criteria_document
from reviews.models import PeerResult, ReviewRound
from storage.base import canonical
from surveys.models import Tally
from surveys.questionnaires import apply_questionnaire
from tests.surveys.cast import outpatient_document

EXAMPLE = Path(app.__file__ or "").parent / "example" / "scheme.toml"
JIA, YI, BING = "jia", "yi", "bing"
CHEN = "person:chen"
OCTOBER = Period(2026, month=10)
IN_OCTOBER = datetime(2026, 10, 20, 2, tzinfo=UTC)
OCTOBER_IS_OVER = datetime(2026, 10, 31, 16, tzinfo=UTC)  # midnight in Shanghai
UNITS = {
    JIA: ("人民医院", "tertiary"),
    YI: ("二院", "secondary"),
    "ding": ("三院", "secondary"),
    BING: ("社区中心", "primary"),
    "wu": ("东街社区中心", "primary"),
}


def example() -> dict[str, Any]:
    """The document of the example scheme, as the configuration reads it; every test may change its own."""
    return tomllib.loads(EXAMPLE.read_text(encoding="utf-8"), parse_float=Decimal)


def parsed(document: Mapping[str, Any]) -> Scheme:
    scheme, findings = parse_scheme(document, file="scheme-2026.toml")
    assert findings == []
    assert scheme is not None
    return scheme


def faults(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(key, code) of everything that parsing finds; no scheme then."""
    scheme, findings = parse_scheme(document, file="scheme-2026.toml")
    assert (scheme is None) == bool(findings)
    assert {finding.file for finding in findings} <= {"scheme-2026.toml"}
    for finding in findings:
        assert_told(finding)
    return [(finding.key, finding.code) for finding in findings]


def wording(words: str) -> dict[str, str]:
    return {"zh": words, "en": words}


def indicator(**more: Any) -> dict[str, Any]:
    """A plain rate of a small scheme, better when higher, full at 50."""
    return {
        "name": wording("rate"), "dimension": "collaboration", "party": "committee", "direction": "up",
        "unit": "percent", "source": wording("source"), "owner": wording("owner"), "target": 50, **more,
    }  # fmt: skip


def small(indicators: Mapping[str, Any], lines: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A well-formed scheme of one tier, `only`, that need not keep any bound."""
    return {
        "scheme": {"year": 2026, "version": 1, "title": wording("small")},
        "dimensions": {code: {"name": wording(code)} for code in ("medical_quality", "collaboration", "capacity")},
        "parties": {code: {"name": wording(code)} for code in ("peers", "patients", "committee")},
        "indicators": dict(indicators),
        "tiers": {"only": {"name": wording("only"), "indicators": dict(lines)}},
        **more,
    }


def changed(document: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with one key set, by its path: `tiers.primary.indicators.first_visit.points`."""
    copied = copy.deepcopy(dict(document))
    *tables, last = path.split(".")
    place = copied
    for name in tables:
        place = place[name]
    place[last] = value
    return copied


def without(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A copy with one key left out."""
    copied = copy.deepcopy(dict(document))
    *tables, last = path.split(".")
    place = copied
    for name in tables:
        place = place[name]
    del place[last]
    return copied


def assert_told(fault: DomainError | Finding) -> None:
    """There is a sentence in both languages, without an unfilled place."""
    sentences = [explain(language, fault) for language in ("zh", "en")]
    assert all(sentence and "{" not in sentence for sentence in sentences)
    assert sentences[0] != sentences[1]


def csv(*rows: str) -> bytes:
    return "\n".join(["unit,period,indicator,numerator,denominator,value", *rows]).encode()


JIA_READINGS = (
    "jia,2026-10,down_referral,81,600,",  # 13.5 of 15 %: 0.9 × 15 = 13.5
    "jia,2026-10,teaching_satisfaction,,,84",  # (84 − 60) ÷ 30 = 0.8 × 10 = 8
    "jia,2026-10,expert_sessions,,,20",  # above 17: all 8
    "jia,2026-10,remote_consultations,,,10",  # 10 ÷ 40 × 7 = 1.75
    "jia,2026-10,average_stay,,,9",  # (12 − 9) ÷ 4 × 5 = 3.75
    "jia,2026-10,readmission,3,100,",  # (6 − 3) ÷ 4 × 10 = 7.5
    "jia,2026-10,complications,1,200,",  # 0.5 %, better than 1: all 10
    "jia,2026-10,core_systems,19,20,",  # 95 % × 4 = 3.8
    "jia,2026-10,new_techniques,,,1",  # 1 ÷ 3 × 6 = 2
)
YI_READINGS = (
    "yi,2026-10,referrals_received,,,45",  # 45 ÷ 60 × 15 = 11.25
    "yi,2026-10,joint_projects,,,2",  # 2 ÷ 4 × 10 = 5
    "yi,2026-10,record_sharing,0,0,",  # missing: 5 points are not available
    "yi,2026-10,average_stay,,,10",  # (11 − 10) ÷ 3 × 5 = 5/3
    "yi,2026-10,readmission,6,100,",  # 6 %: nothing
    "yi,2026-10,complications,1,40,",  # 2.5 %: 0.5 × 10 = 5
    "yi,2026-10,core_systems,20,20,",  # all 7
    "yi,2026-10,new_techniques,,,1",  # 1 ÷ 2 × 6 = 3
)
BING_READINGS = (
    "bing,2026-10,first_visit,24,100,",  # 24 ÷ 30 × 20 = 16
    "bing,2026-10,standard_management,60,100,",  # 60 ÷ 75 × 20 = 16
    "bing,2026-10,joint_control,50,100,",  # (50 − 30) ÷ 40 × 10 = 5
    "bing,2026-10,glucose_control,45,100,",  # (45 − 30) ÷ 40 × 12 = 4.5
    "bing,2026-10,training_hours,,,5",  # above 4: all 6
)


@dataclass
class Season:
    """A consortium whose month is told figure by figure."""

    session: Session

    def is_set_up(
        self, units: Mapping[str, tuple[str, str]] = UNITS, document: Mapping[str, Any] | None = None
    ) -> Season:
        self.session.add(
            Installation(
                id=1, name=wording("同城医联体"), aims=wording("目标"), time_zone="Asia/Shanghai", review={}, schedule={},
                folder=".", bot_name=None, first_applied_at=IN_OCTOBER, applied_at=IN_OCTOBER,
            )
        )  # fmt: skip
        for position, (code, (name, tier)) in enumerate(units.items()):
            self.session.add(
                Unit(code=code, name={"zh": name, "en": code.title()}, tier=tier, district="东区", ownership="public",
                     position=position, active=True)
            )  # fmt: skip
        self.session.flush()
        apply_questionnaire(self.session, document=outpatient_document(), now=IN_OCTOBER)
        apply_scheme(self.session, document=document or example(), now=IN_OCTOBER)
        return self

    def is_scored_by(self, document: Mapping[str, Any], *, version: int = 1, effective: str = "2026-01") -> Season:
        """A scheme put on record as it is, whether or not it keeps any bound: for small ones, scored by hand."""
        content = changed(changed(document, "scheme.version", version), "scheme.effective", effective)
        old = self.session.get(SchemeVersion, (2026, version))
        if old is not None:
            self.session.delete(old)
            self.session.flush()
        self.session.add(
            SchemeVersion(
                year=2026, version=version, content=content, effective=effective, state="in_force",
                digest=hashlib.sha256(canonical(content).encode()).hexdigest(), applied_at=IN_OCTOBER,
            )
        )  # fmt: skip
        self.session.flush()
        return self

    def reads(self, *rows: str, now: datetime = IN_OCTOBER) -> ImportReport | list[Finding]:
        return import_readings(self.session, content=csv(*rows), file="readings.csv", actor=CHEN, now=now)

    def answers(self, unit: str, *, fives: int, threes: int, period: Period = OCTOBER) -> None:
        """So many patients found that they were listened to very well, so many middling."""
        n = fives + threes
        rows = {("", ""): n, ("", "page"): n, ("listening", "5"): fives, ("listening", "3"): threes}
        for (question, option), count in rows.items():
            if count:
                self.session.add(
                    Tally(stream="visit", period=str(period), unit_code=unit, questionnaire_id="outpatient", questionnaire_version="1",
                          question_id=question, option_code=option, count=count)
                )  # fmt: skip
        self.session.flush()

    def round_is(self, state: str, period: Period = OCTOBER, **scores: tuple[Fraction | int | None, int]) -> None:
        """A blind round in some state; of a counted one the results: unit=(score, raters)."""
        self.session.add(
            ReviewRound(
                period=str(period), state=state, public_key="{}", criteria=criteria_document(CRITERIA),
                thresholds=dict(PEER_THRESHOLDS), opened_at=IN_OCTOBER,
                counted_at=IN_OCTOBER if state in ("counted", "erased") else None,
            )
        )  # fmt: skip
        self.session.flush()
        for unit, (score, raters) in scores.items():
            self.session.add(
                PeerResult(period=str(period), unit_code=unit, raters=band_floor(raters), definition="peer-severity-1",
                           score=None if score is None else Fraction(score))
            )  # fmt: skip
        self.session.flush()

    def has_a_full_month(self) -> Season:
        """October as told above; Ding and Wu hand in nothing but answers."""
        self.is_set_up()
        assert isinstance(self.reads(*JIA_READINGS, *YI_READINGS, *BING_READINGS), ImportReport)
        self.answers(JIA, fives=15, threes=10)  # 80
        self.answers(YI, fives=27, threes=3)  # 95
        self.answers(BING, fives=9, threes=16)  # 68
        self.answers("ding", fives=25, threes=0)
        self.answers("wu", fives=24, threes=0)
        self.round_is("counted", jia=(75, 5), yi=(60, 17), bing=(None, 4))
        return self

    def settles(self, period: Period = OCTOBER, now: datetime = OCTOBER_IS_OVER) -> Settlement:
        return settle_period(self.session, period=period, actor=CHEN, now=now)

    def is_refused(self, code: str, period: Period = OCTOBER, now: datetime = OCTOBER_IS_OVER) -> None:
        with pytest.raises(DomainError) as refusal:
            self.settles(period, now)
        assert refusal.value.code == code
        assert_told(refusal.value)
