"""`verify` finds every stored value that was changed; on what nobody has touched it finds nothing."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from sqlalchemy import select, text, update

from evaluation.digests import Frozen, frozen_digest
from evaluation.freezing import frozen_total
from evaluation.models import Reading, SchemeVersion, Scorecard, ScoreLine, Settlement, SupersededSettlement
from evaluation.proof import proofs, read_record, verify_evaluation
from evaluation.proof_schemes import content_digest
from evaluation.reading_writing import seal
from evaluation.settled import frozen_lines
from reviews.models import PeerResult
from tests.evaluation.cast import Season, assert_told, changed
from tests.evaluation.every_kind import OVER, QUARTER, has_three_months
from tests.evaluation.flips import flipped, unguarded

FLIPS = 1000


@pytest.fixture
def winter(season: Season) -> Season:
    return has_three_months(season)


def found(season: Season) -> list[tuple[str, str]]:
    season.session.expire_all()
    return [(finding.key, finding.code) for finding in verify_evaluation(season.session)]


def test_a_season_that_nobody_touched_is_clean(winter: Season) -> None:
    assert found(winter) == []
    winter.settles(QUARTER, OVER[QUARTER])
    assert found(winter) == []


def test_every_one_of_a_thousand_flips_is_found(winter: Season) -> None:
    """Any column of any row of schemes, figures and settlements, one at a time: this takes its seconds.

    On PostgreSQL the first quarter of them: a statement there takes its way to another process.
    """
    chance, flips = random.Random(20261123), FLIPS if winter.session.get_bind().dialect.name == "sqlite" else FLIPS // 4
    unguarded(winter.session)
    missed = []
    for _ in range(flips):
        with flipped(winter.session, chance) as what:
            winter.session.expire_all()
            if next(proofs(winter.session), None) is None:
                missed.append(what)
    assert missed == []


@pytest.mark.parametrize(("written", "code"), [("55", "frozen_count_differs"), ("many", "proof_impossible")])
def test_a_peer_score_that_was_changed_after_the_count_is_found(winter: Season, written: str, code: str) -> None:
    row = winter.session.scalars(
        select(PeerResult).where(PeerResult.score.is_not(None)).order_by(PeerResult.period, PeerResult.unit_code)
    ).first()
    assert row is not None
    period, unit = row.period, row.unit_code
    statement = text("update peer_result set score = :score where period = :period and unit_code = :unit")
    winter.session.execute(statement, {"score": written, "period": period, "unit": unit})
    assert code in {each for _, each in found(winter)}


def chain_of_a_forger(season: Season) -> None:
    """Every digest made anew, so that rows and chain agree again: only the audit trail is left as it was."""
    session, previous = season.session, None
    session.expire_all()
    record = read_record(session)
    schemes = {(row["year"], row["version"]): row["digest"] for row in record.rows(SchemeVersion)}
    cards, lines = record.by_period(Scorecard), record.by_period(ScoreLine)
    links = [*record.rows(Settlement), *record.rows(SupersededSettlement)]
    for row in sorted(links, key=lambda link: link["sequence"]):
        if "document" in row:
            previous = row["digest"]
            continue
        frozen = Frozen(row["period"], *(row[name] for name in ("scheme_year", "scheme_version")),
                        schemes[row["scheme_year"], row["scheme_version"]], previous, row["readings_digest"])  # fmt: skip
        digest = frozen_digest(frozen, cards[row["period"]], lines[row["period"]])
        session.execute(
            update(Settlement)
            .where(Settlement.period == row["period"])
            .values(digest=digest, previous_digest=previous)
            .execution_options(synchronize_session=False)
        )
        previous = digest


def test_forger_who_makes_every_digest_anew_is_found_by_what_is_computed_again(winter: Season) -> None:
    """Yi gets ten points more in October, line and total alike, and the whole chain is made again."""
    row = (ScoreLine.period == "2026-10") & (ScoreLine.unit_code == "yi")
    winter.session.execute(
        update(ScoreLine)
        .where(row, ScoreLine.indicator == "stay")
        .values(value=Fraction(8), share=Fraction(1), points=10)
    )
    winter.session.expire_all()
    lines = [each for each in frozen_lines(winter.session, "2026-10") if each["unit_code"] == "yi"]
    of_yi = (Scorecard.period == "2026-10") & (Scorecard.unit_code == "yi")
    winter.session.execute(update(Scorecard).where(of_yi).values(total=frozen_total(lines)))
    chain_of_a_forger(winter)
    assert set(found(winter)) >= {
        ("settlement 2026-10", "settlement_record_differs"),
        ("score_line 2026-10/yi/stay", "frozen_figure_differs"),
        ("score_line 2026-10/yi/steady", "frozen_line_disagrees"),
    }
    assert "settlement_digest_differs" not in {code for _, code in found(winter)}


def test_reading_changed_with_its_digest_is_found_by_the_settlement(winter: Season) -> None:
    reading = winter.session.scalars(
        select(Reading).where(Reading.period == "2026-10", Reading.scope == "yi", Reading.indicator == "stay")
    ).one()
    reading.value = Fraction(7)
    seal(reading)
    winter.session.flush()
    assert found(winter) == [
        ("settlement 2026-10", "settlement_readings_differ"),
        ("score_line 2026-10/yi/stay", "frozen_figure_differs"),
    ]


def test_scheme_changed_with_its_digest_is_found_by_every_settlement(winter: Season) -> None:
    version = winter.session.get_one(SchemeVersion, (2026, 1))
    content = changed(version.content, "tiers.only.indicators.stay.points", 11)
    values = {"content": content, "digest": content_digest(content)}
    winter.session.execute(update(SchemeVersion).values(values).execution_options(synchronize_session=False))
    codes = found(winter)
    assert ("scheme_version 2026/1", "scheme_record_differs") in codes
    assert {key for key, code in codes if code == "settlement_digest_differs"} == {
        "settlement 2026-10",
        "settlement 2026-11",
        "settlement 2026-12",
    }
    assert ("superseded_settlement 2026-11/1", "superseded_digest_differs") in codes


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("delete from superseded_settlement", {("settlement 2026-11", "settlement_revisions_differ"), ("settlement 2026-12", "settlement_chain_broken"), ("settlement 2026-12", "settlement_sequence_gap"), ("settlement 2026-11", "settlement_sequence_gap")}),
        ("delete from late_reading", {("settlement 2026-11", "settlement_readings_differ"), ("score_line 2026-11/bing/referral", "frozen_figure_differs")}),
        ("delete from reading_stratum where stratum = 'A1'", {("reading jia/2026-11/referral", "stored_strata_differ"), ("settlement 2026-11", "settlement_readings_differ")}),
        ("delete from score_line where period = '2026-10' and unit_code = 'jia' and indicator = 'stay'", {("settlement 2026-10", "settlement_digest_differs"), ("scorecard 2026-10/jia", "frozen_total_disagrees")}),
        ("update scorecard set rank = null, unranked_reason = 'no_total', rank_low = null, rank_high = null where period = '2026-10' and unit_code = 'yi'", {("settlement 2026-10", "settlement_digest_differs"), ("scorecard 2026-10/jia", "frozen_rank_disagrees")}),
        ("delete from audit where action = 'settle_period'", {("settlement 2026-10", "settlement_record_differs"), ("settlement 2026-11", "settlement_record_differs"), ("settlement 2026-12", "settlement_record_differs")}),
        ("update superseded_settlement set document = '{}'", {("superseded_settlement 2026-11/1", "superseded_document_differs")}),
        ("update score_line set curve = '[]' where period = '2026-10' and unit_code = 'jia' and indicator = 'waits'", {("score_line 2026-10/jia/waits", "frozen_line_disagrees"), ("settlement 2026-10", "settlement_digest_differs")}),
        ("update scheme_version set content = '[]'", {("scheme_version 2026/1", "scheme_content_differs")}),
    ],
)  # fmt: skip
def test_whatever_is_taken_away_or_broken_is_named(
    winter: Season, statement: str, expected: set[tuple[str, str]]
) -> None:
    unguarded(winter.session)
    with winter.session.begin_nested() as attempt:
        winter.session.execute(text(statement))
        findings = verify_evaluation(winter.session)
        assert {(finding.key, finding.code) for finding in findings} >= expected
        for finding in findings:
            assert_told(finding)
        attempt.rollback()
