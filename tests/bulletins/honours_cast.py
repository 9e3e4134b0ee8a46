"""An office that gives honours: kinds of the configuration, people of three units who nominate and vote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from bulletins.honour_models import Honour, Nomination
from bulletins.honour_votes import decide_honour, end_voting, result_list, result_mark, start_voting, vote_for
from bulletins.honours import honour
from bulletins.nominations import nominate, open_honour
from consortium.honour_kinds import HonourKind, to_stored
from consortium.models import Person, Role
from consortium.people import actor_of
from consortium.periods import Period
from consortium.polls import new_slip
from consortium.units import installation
from tests.bulletins.cast import Desk
from tests.evaluation.cast import OCTOBER

REASON = "全年接收下转病人最多，随访一个不漏。"
PEOPLE = {
    "wang": ("王", "representative", "yi"), "he": ("何", "staff", "bing"), "yuan": ("袁", "head", "jia"),
    "qian": ("钱", "representative", "bing"), "bai": ("白", "head", "yi"), "luo": ("罗", "committee", None),
    "xu": ("徐", "representative", "bing"),
}  # fmt: skip


def kind(code="model_unit", goes_to="unit", every="month", **changes):
    values = {"name": {"zh": "协同标兵单位", "en": "Model unit"}, "places": 1, "minimum": Fraction(60),
              "two_years": False, "voters": ("representative", "head", "committee")}  # fmt: skip
    return HonourKind(code=code, goes_to=goes_to, every=every, **(values | changes))


@dataclass
class Gala:
    """The desk with honours."""

    desk: Desk

    def is_ready(self, *kinds: HonourKind) -> Gala:
        session = self.desk.session
        for person, (name, role, unit) in PEOPLE.items():
            session.add(Person(id=person, name=name, language="zh", active=True))
            session.flush()
            session.add(Role(person_id=person, role=role, unit_code=unit))
        session.flush()
        self.configures(*(kinds or (kind(), kind("star", "person", places=2))))
        return self

    def configures(self, *kinds: HonourKind) -> None:
        found = installation(self.desk.session)
        found.review = found.review | {"honours": to_stored(kinds)}
        self.desk.session.flush()

    def opens(self, code: str = "model_unit", period: Period = OCTOBER, who: str = "chen", days: int = 7) -> Honour:
        return open_honour(self.session, code=code, period=period, nominate_days=days, vote_days=5,
                           actor=actor_of(self.session, who), now=self.desk.now)  # fmt: skip

    def names(
        self, found: Honour, unit: str, candidate: str = "", who: str = "wang", words: str = REASON
    ) -> Nomination:
        return nominate(self.session, honour_id=found.id, unit_code=unit, candidate=candidate, words=words,
                        actor=actor_of(self.session, who), now=self.desk.now)  # fmt: skip

    def starts(self, found: Honour, who: str = "chen") -> Honour:
        return start_voting(self.session, honour_id=found.id, actor=actor_of(self.session, who), now=self.desk.now)

    def votes(self, found: Honour, who: str, choice: Nomination | str) -> str:
        chosen = choice if isinstance(choice, str) else str(choice.id)
        return vote_for(self.session, honour_id=found.id, choice=chosen, actor=actor_of(self.session, who),
                        slip=new_slip(), now=self.desk.now)  # fmt: skip

    def ends(self, found: Honour) -> Honour:
        self.desk.now = max(self.desk.now, honour(self.session, found.id).vote_until + timedelta(seconds=1))
        return end_voting(self.session, honour_id=found.id, actor="schedule", now=self.desk.now)

    def decides(self, found: Honour, mark: str | None = None, who: str = "chen") -> Honour:
        seen = honour(self.session, found.id)
        mark = mark if mark is not None else result_mark(seen, result_list(self.session, seen))
        return decide_honour(self.session, honour_id=found.id, mark=mark, actor=actor_of(self.session, who),
                             now=self.desk.now)  # fmt: skip

    @property
    def session(self):  # type: ignore[no-untyped-def]
        return self.desk.session
