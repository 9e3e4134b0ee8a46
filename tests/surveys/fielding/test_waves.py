"""Waves: launched whole, frozen, drawn by their seed, and with everybody invited where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select, update

from locales.errors import DomainError
from storage.audit import AuditRow
from surveys.fielding.models import UndrawnVisit, Wave, WaveUnit
from surveys.fielding.sampling import commitment, is_drawn
from surveys.fielding.waves import Draw, end_of, end_wave, launch_wave, wave_among, waves
from surveys.models import Invitation, QuestionnaireVersion
from surveys.questionnaires import apply_questionnaire
from tests.surveys.cast import JIA, LEFT, NOW, YI, outpatient_document
from tests.surveys.fielding.cast import DAY, OUTPATIENT, SEED, half, launch, plan, report, stands

MIDNIGHT = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)  # the first of October in Shanghai


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def wave_of(session, *, kind: str, discharged_at: datetime) -> Wave | None:
    return wave_among(waves(session), kind=kind, discharged_at=discharged_at)


def test_a_wave_runs_from_midnight_to_midnight_on_the_consortiums_calendar(ready):
    wave = launch(ready)
    assert (wave.starts_at, wave.ends_at) == (MIDNIGHT, MIDNIGHT + 31 * DAY)
    assert wave_of(ready, kind="outpatient", discharged_at=MIDNIGHT) is wave
    assert wave_of(ready, kind="outpatient", discharged_at=MIDNIGHT - timedelta(microseconds=1)) is None
    assert wave_of(ready, kind="outpatient", discharged_at=MIDNIGHT + 31 * DAY) is None
    assert wave_of(ready, kind="inpatient", discharged_at=LEFT) is None


def test_every_unit_has_its_share_from_the_launch_on(ready):
    half(ready)
    shares = ready.execute(select(WaveUnit.unit_code, WaveUnit.fraction).order_by(WaveUnit.unit_code)).all()
    assert [tuple(share) for share in shares] == [(unit, Fraction(1, 2)) for unit in ("bing", "jia", "yi")]


def test_a_target_becomes_a_share_by_what_each_unit_reported_just_before(ready):
    for number in range(8):
        report(ready, f"s{number}", discharged_at=MIDNIGHT - (number + 1) * DAY)
    report(ready, "long-ago", discharged_at=MIDNIGHT - 32 * DAY)
    report(ready, "other-unit", unit_code=YI, discharged_at=MIDNIGHT - DAY)
    ready.add(
        Wave(**columns(launch(ready, new_id="w0", first_day=date(2026, 12, 1), last_day=date(2026, 12, 2)), id="w9"))
    )
    ready.flush()
    for number in range(2):  # passed over by an earlier draw: reported all the same
        ready.add(UndrawnVisit(unit_code=JIA, visit=f"u{number}", wave_id="w9", kind="outpatient",
                               discharged_at=MIDNIGHT - DAY, noted_at=NOW))  # fmt: skip
    ready.flush()
    launch(ready, target=4)
    shares = dict(ready.execute(select(WaveUnit.unit_code, WaveUnit.fraction).where(WaveUnit.wave_id == "w1")).all())
    assert shares == {JIA: Fraction(4, 10), YI: Fraction(1), "bing": Fraction(1)}


def test_a_target_is_aimed_at_and_no_cap_so_that_the_order_of_reports_decides_nothing(ready):
    for number in range(8):
        report(ready, f"s{number}", discharged_at=MIDNIGHT - (number + 1) * DAY)
    wave = launch(ready, target=4)
    visits = [f"v{n}" for n in range(80)]  # ten times as many as before
    drawn = [visit for visit in visits if Draw(ready, JIA).takes(wave, visit)]
    assert 25 < len(drawn) < 55  # about half, whatever the target
    outcomes = {visit: report(ready, visit).outcome for visit in reversed(visits)}
    assert [visit for visit in visits if outcomes[visit] == "new"] == drawn


def test_a_unit_that_reported_no_more_than_the_target_before_invites_everybody(ready):
    launch(ready, target=4)
    assert {report(ready, f"v{n}").outcome for n in range(20)} == {"new"}


def columns(wave: Wave, **changes):
    return {column.key: getattr(wave, column.key) for column in Wave.__table__.columns} | changes


def test_without_a_wave_everybody_is_invited(ready):
    assert {report(ready, f"v{n}").outcome for n in range(20)} == {"new"}


def test_in_a_wave_those_are_invited_that_the_seed_draws(ready):
    half(ready)
    visits = [f"v{n}" for n in range(60)]
    outcomes = {visit: report(ready, visit).outcome for visit in visits}
    assert outcomes == {
        visit: "new" if is_drawn(seed=SEED, unit_code=JIA, visit=visit, fraction=Fraction(1, 2)) else "undrawn"
        for visit in visits
    }
    assert set(outcomes.values()) == {"new", "undrawn"}
    assert set(ready.scalars(select(UndrawnVisit.visit))) == {v for v, what in outcomes.items() if what == "undrawn"}
    assert set(ready.scalars(select(Invitation.visit))) == {v for v, what in outcomes.items() if what == "new"}


def test_reporting_again_does_not_draw_again(ready):
    half(ready)
    undrawn = next(f"v{n}" for n in range(60) if report(ready, f"v{n}").outcome == "undrawn")
    seeds = (f"{number:064}" for number in range(60))
    favourable = next(
        seed for seed in seeds if is_drawn(seed=seed, unit_code=JIA, visit=undrawn, fraction=Fraction(1, 2))
    )
    ready.execute(update(Wave).values(seed=favourable))
    ready.expire_all()
    assert report(ready, undrawn).outcome == "undrawn"
    assert ready.scalar(select(Invitation.id).where(Invitation.visit == undrawn)) is None


def test_a_wave_asks_with_the_version_it_was_launched_with(ready):
    launch(ready, window_days=10)
    apply_questionnaire(ready, document=outpatient_document() | {"version": "2"}, now=NOW)
    report(ready)
    report(ready, "before", discharged_at=MIDNIGHT - DAY)
    found = {each.visit: each for each in ready.scalars(select(Invitation))}
    assert found["v1"].questionnaire_version == "1"
    assert found["v1"].expires_at == LEFT + 10 * DAY
    assert found["before"].questionnaire_version == "2"
    assert found["before"].expires_at == MIDNIGHT + 41 * DAY


def test_a_wave_asks_even_where_its_questionnaire_is_in_use_no_longer(ready):
    launch(ready)
    ready.execute(update(QuestionnaireVersion).values(is_draft=True))
    assert report(ready).outcome == "new"
    assert code_of(lambda: report(ready, "before", discharged_at=MIDNIGHT - DAY)) == "kind_without_questionnaire"


def test_a_unit_that_joins_later_has_the_share_that_was_asked_for(ready):
    wave = half(ready)
    ready.execute(WaveUnit.__table__.delete().where(WaveUnit.unit_code == YI))
    ready.expire_all()
    visits = [f"v{n}" for n in range(40)]
    drawn = [visit for visit in visits if Draw(ready, YI).takes(wave, visit)]
    assert 0 < len(drawn) < 40


def test_ending_a_wave_leaves_what_was_invited_and_takes_no_more(ready):
    wave = launch(ready)
    report(ready)
    end_wave(ready, wave_id="w1", actor="person:chen", now=NOW)
    assert end_of(wave) == NOW
    assert stands(ready)[0] == "delivered"
    assert wave_of(ready, kind="outpatient", discharged_at=NOW - timedelta(seconds=1)) is wave
    assert wave_of(ready, kind="outpatient", discharged_at=NOW) is None
    end_wave(ready, wave_id="w1", actor="person:chen", now=NOW + DAY)
    assert end_of(wave) == NOW
    assert [row.action for row in ready.scalars(select(AuditRow).where(AuditRow.subject == "wave:w1"))] == [
        "launch_wave",
        "end_wave",
    ]


def test_a_wave_that_is_ended_before_it_begins_takes_nobody_and_leaves_room(ready):
    launch(ready, first_day=date(2026, 12, 1), last_day=date(2026, 12, 31))
    end_wave(ready, wave_id="w1", actor="person:chen", now=NOW)
    assert wave_of(ready, kind="outpatient", discharged_at=datetime(2026, 12, 5, tzinfo=UTC)) is None
    launch(ready, new_id="w2", first_day=date(2026, 12, 1), last_day=date(2026, 12, 31))
    assert [wave.id for wave in waves(ready)] == ["w1", "w2"]


REFUSED = [
    ({"name": " "}, "wave_name"),
    ({"name": "x" * 61}, "wave_name"),
    ({"name": "a\nb"}, "wave_name"),
    ({"last_day": date(2026, 9, 30)}, "wave_days"),
    ({"last_day": date(2028, 1, 1)}, "wave_days"),
    ({"first_day": date(2026, 9, 1), "last_day": date(2026, 10, 19)}, "wave_over"),
    ({"fraction": Fraction(0)}, "wave_sample"),
    ({"fraction": Fraction(11, 10)}, "wave_sample"),
    ({"target": 0}, "wave_sample"),
    ({"contact_after_hours": -1}, "wave_window"),
    ({"window_days": 0}, "wave_window"),
    ({"window_days": 2, "contact_after_hours": 48}, "wave_window"),
    ({"questionnaire": ("outpatient", "9")}, "questionnaire_unknown"),
    ({"kinds": ()}, "wave_kinds"),
    ({"kinds": ("outpatient", "inpatient")}, "wave_kinds"),
]


@pytest.mark.parametrize(("changes", "code"), REFUSED, ids=str)
def test_launching_refuses_what_cannot_be_meant(ready, changes, code):
    assert code_of(lambda: launch(ready, **changes)) == code
    assert ready.scalars(select(Wave)).all() == []


def test_a_draft_cannot_be_launched_in_a_wave(ready):
    ready.execute(update(QuestionnaireVersion).values(is_draft=True))
    assert code_of(lambda: launch(ready)) == "wave_of_draft"


def test_two_waves_never_ask_for_the_same_visit(ready):
    launch(ready)
    overlapping = plan(name="zwei", first_day=date(2026, 10, 31), last_day=date(2026, 11, 30))
    launch_it = {"seed": SEED, "new_id": "w2", "actor": "person:chen", "now": NOW}
    assert code_of(lambda: launch_wave(ready, plan=overlapping, **launch_it)) == "wave_overlaps"
    launch_wave(ready, plan=replace(overlapping, first_day=date(2026, 11, 1)), **launch_it)
    assert wave_of(ready, kind="outpatient", discharged_at=MIDNIGHT + 31 * DAY).id == "w2"


def test_the_seed_stays_secret_and_its_hash_is_on_record(ready):
    launch(ready)
    row = ready.scalars(select(AuditRow).where(AuditRow.action == "launch_wave")).one()
    assert row.details == {"questionnaire": ":".join(OUTPATIENT), "seed_sha256": commitment(SEED)}
    assert SEED not in str(row.details)
