"""The panel and the scheme: what is marked, when a month may have a panel, what settling takes from it; the whole way."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from consortium.people import actor_of
from consortium.periods import Period
from evaluation.elements import PanelTerms
from evaluation.explaining import explain
from evaluation.explanation_text import line_text, panel_text
from evaluation.panel import hand_in_month_evidence, marked_indicators, open_month_panel, panel_input
from evaluation.schemes import apply_scheme, scheme_for
from evaluation.scorecards import refuse_settlement, settle_period
from locales.errors import DomainError
from reviews.panel_evidence import evidence_of
from reviews.panel_figures import EXACTLY, OR_LESS, OR_MORE, PanelFigure
from reviews.panel_rounds import close_panel, panel_of, panel_progress
from reviews.receipt_standing import receipt_standing
from scheduler import panel_counting
from scheduler.panel_counting import count_panel, run_panel_count, run_waiting_panel_count
from storage.audit import AuditRow
from tests.cast import NOW
from tests.evaluation.cast import changed, example, faults, indicator, parsed, small
from tests.panel_town import CORE, found_panel_town, marks_everything, open_panel_in, panel_keys, panel_scheme
from tests.reviews.evidence_files import PDF
from tests.reviews.season import refusal
from web.unit_views import scorecard_view

OCTOBER = Period(2026, month=10)
OVER = NOW + timedelta(days=30)
CODE = "indicators.rate"


def one(**more):
    """A scheme of one indicator that experts mark."""
    marked = indicator(direction="qualitative", input="panel", **more)
    del marked["target"]
    return small({"rate": marked}, {"rate": {"points": 10}})


def test_a_panel_indicator_has_a_minimum_and_may_have_anchors():
    words = {"zh": "无", "en": "none"}
    assert parsed(one()).indicators["rate"].panel == PanelTerms(3, None, None)
    assert parsed(one(experts=5, low=words, high=words)).indicators["rate"].panel == PanelTerms(5, words, words)
    assert parsed(example()).indicators[CORE].panel is None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"experts": 2}, (f"{CODE}.experts", "out_of_range")),
        ({"experts": 51}, (f"{CODE}.experts", "out_of_range")),
        ({"experts": "3"}, (f"{CODE}.experts", "out_of_range")),
        ({"low": "x"}, (f"{CODE}.low", "wording_expected")),
        ({"low": {"zh": "无"}}, (f"{CODE}.low.en", "key_missing")),
        ({"high": {"zh": "好" * 201, "en": "good"}}, (f"{CODE}.high.zh", "text_expected")),
        ({"unit": "days"}, (f"{CODE}.unit", "scheme_qualitative_unit")),
    ],
)
def test_what_a_panel_indicator_does_not_take(more, expected):
    assert expected in faults(one(**more))


def test_a_panel_marks_what_is_qualitative_and_nothing_else():
    assert faults(changed(one(), f"{CODE}.direction", "up") | {}) != []
    document = small({"rate": indicator(input="panel")}, {"rate": {"points": 10}})
    assert (f"{CODE}.direction", "scheme_panel_direction") in faults(document)


@pytest.mark.parametrize("key", ["experts", "low", "high"])
def test_other_indicators_do_not_take_its_keys(key):
    document = small({"rate": indicator(**{key: 3})}, {"rate": {"points": 10}})
    assert (f"{CODE}.{key}", "key_unknown") in faults(document)


def test_experts_mark_just_so_many_indicators():
    def many(count):
        marked = {f"q{place:02}": one()["indicators"]["rate"] for place in range(count)}
        return small(marked, {code: {"points": 1} for code in marked})

    parsed(many(12))
    assert [code for _, code in faults(many(13))] == ["scheme_panel_too_long"]


@pytest.mark.parametrize(
    ("figure", "unit", "value", "low", "high"),
    [
        (PanelFigure(Fraction(4), OR_MORE), "percent", 100, 75, 100),
        (PanelFigure(Fraction(2), OR_LESS), "percent", 25, 0, 25),
        (PanelFigure(Fraction(7, 2), EXACTLY), "percent", Fraction(125, 2), Fraction(125, 2), Fraction(125, 2)),
        (PanelFigure(Fraction(3), EXACTLY), "share", Fraction(1, 2), Fraction(1, 2), Fraction(1, 2)),
    ],
)
def test_a_figure_becomes_an_input_in_the_indicators_measure(figure, unit, value, low, high):
    rated = parsed(one(unit=unit)).indicators["rate"]
    found = panel_input(rated, {"rate": figure})
    assert (found.value, found.low, found.high, found.definition, found.n) == (value, low, high, "panel-mean-1", None)


def test_what_is_missing_says_why():
    rated = parsed(one()).indicators["rate"]
    assert panel_input(rated, None).reason == "no_panel"
    assert panel_input(rated, {}).reason == "no_panel"
    assert panel_input(rated, {"rate": None}).reason == "too_few_experts"


def test_units_are_marked_on_what_their_tier_has(session):
    found_panel_town(session, NOW)
    scheme = scheme_for(session, Period(2026))
    assert {unit: list(marked_indicators(session, scheme, unit)) for unit in ("jia", "yi", "bing")} == {
        "jia": [CORE], "yi": [CORE], "bing": [],
    }  # fmt: skip


def test_the_frozen_anchors_are_the_schemes_or_ours(session):
    words = {"zh": "没有制度", "en": "no rules"}
    found_panel_town(session, NOW, low=words)
    open_panel_in(session, OCTOBER, NOW)
    document = next(each for each in panel_of(session, OCTOBER).criteria if each["code"] == CORE)
    assert document["low"] == words
    assert document["high"] == {
        "zh": "制度完备、落实到位，材料可以印证",
        "en": "fully in place, and the evidence bears it out",
    }
    assert document["name"]["zh"] == "核心制度落实率"


def test_a_month_without_a_panel_is_settled_without_one(session):
    found_panel_town(session, NOW)
    settle_period(session, period=OCTOBER, actor="person:chen", now=OVER)
    lines = {line.code: line for line in explain(session, unit_code="jia", period=OCTOBER).lines}
    assert (lines[CORE].value, lines[CORE].reason) == (None, "no_panel")


def test_a_scheme_without_panel_indicators_opens_none(session):
    found_panel_town(session, NOW)
    apply_scheme(session, document=changed(example(), "scheme.version", 2), now=NOW)
    with refusal("panel_nothing_to_mark"):
        open_panel_in(session, OCTOBER, NOW)


def test_a_settled_month_gets_no_panel(session):
    found_panel_town(session, NOW)
    settle_period(session, period=OCTOBER, actor="person:chen", now=OVER)
    with refusal("already_settled", period="2026-10"):
        open_panel_in(session, OCTOBER, OVER)


def test_a_year_without_a_scheme_gets_no_panel(session):
    found_panel_town(session, NOW)
    with refusal("scheme_missing", year=2025):
        open_month_panel(session, period=Period(2025, month=10), closes_at=None, actor="x", now=NOW)


def test_settling_waits_for_a_panel_that_was_opened(session):
    found_panel_town(session, NOW)
    open_panel_in(session, OCTOBER, NOW)
    for code in ("panel_open", "panel_not_counted"):
        with refusal(code, period="2026-10"):
            settle_period(session, period=OCTOBER, actor="person:chen", now=OVER)
        with refusal(code, period="2026-10"):
            refuse_settlement(session, period=OCTOBER, now=OVER)
        if code == "panel_open":
            close_panel(session, period=OCTOBER, actor="person:chen", now=OVER)


def test_evidence_belongs_to_an_indicator_of_the_unit_and_an_open_month(session):
    found_panel_town(session, NOW)
    chen = actor_of(session, "chen")

    def hands_in(unit, code, now=NOW):
        hand_in_month_evidence(session, actor=chen, period=OCTOBER, unit_code=unit, indicator=code, name="a.pdf",
                               content=PDF, new_id=f"{unit}{code}", now=now)  # fmt: skip

    hands_in("jia", CORE)
    for unit, code in (("jia", "down_referral"), ("jia", "nothing"), ("nowhere", CORE)):
        with refusal("evidence_indicator_unknown"):
            hands_in(unit, code)
    settle_period(session, period=OCTOBER, actor="person:chen", now=OVER)
    with refusal("already_settled", period="2026-10"):
        hands_in("yi", CORE, OVER)
    assert [each.indicator for each in evidence_of(session, period=OCTOBER, unit_code="jia")] == [CORE]


# --- the whole way, on a database with commits


@pytest.fixture
def town(database):
    with database.transaction() as session:
        found_panel_town(session, NOW)
        open_panel_in(session, OCTOBER, NOW)
    return database


def closes(database):
    with database.transaction() as session:
        close_panel(session, period=OCTOBER, actor="person:chen", now=OVER)


def counts(database, key=None):
    return run_panel_count(database, period=OCTOBER, private_key=key or panel_keys()[0], actor="command_line",
                           clock=lambda: OVER)  # fmt: skip


def value(database, unit):
    with database.transaction() as session:
        return {line.code: (line.value, line.points, line.reason) for line in explain(session, unit_code=unit, period=OCTOBER).lines}[CORE]  # fmt: skip


def test_from_marks_to_points(town):
    """Jia is marked by four, Yi by the three who are not of its staff, one of whom has no basis to judge."""
    with town.transaction() as session:
        marks_everything(session, OCTOBER, "an", "3", NOW)
        marks_everything(session, OCTOBER, "bo", "3", NOW)
        marks_everything(session, OCTOBER, "cao", "-", NOW)
        marks_everything(session, OCTOBER, "du", "4", NOW)
        assert [each.is_done for each in panel_progress(session, OCTOBER)] == [True] * 4
    closes(town)
    done = counts(town)
    assert done.erased.ballots == done.counted.ballots
    with town.transaction() as session:
        assert panel_of(session, OCTOBER).state == "erased"
        assert panel_of(session, OCTOBER).token_key is None
        settle_period(session, period=OCTOBER, actor="person:chen", now=OVER)
    assert value(town, "jia") == (Fraction(100), Fraction(4), None)  # 3.33 is "3.5 or more" of a small panel
    assert value(town, "yi") == (None, None, "too_few_experts")


def test_a_count_that_is_run_again_says_the_same(town):
    with town.transaction() as session:
        for person in ("an", "bo", "cao"):
            marks_everything(session, OCTOBER, person, "3", NOW)
    closes(town)
    first = count_panel(town, period=OCTOBER, private_key=panel_keys()[0], actor="x", clock=lambda: OVER)
    again = counts(town)
    assert (again.counted, again.erased.ballots) == (first, first.ballots)
    last = counts(town, key="{}")  # what is erased needs no key
    assert (last.counted, last.erased.ballots) == (first, 0)


def test_two_counts_at_once_write_one_result(town, monkeypatch):
    """The second comes to write when the first has written: it says what the first found."""
    with town.transaction() as session:
        for person in ("an", "bo", "cao"):
            marks_everything(session, OCTOBER, person, "3", NOW)
    closes(town)
    take, first = panel_counting.take_means, []

    def overtaken(ballots, found):
        monkeypatch.setattr(panel_counting, "take_means", take)
        first.append(count_panel(town, period=OCTOBER, private_key=panel_keys()[0], actor="first", clock=lambda: OVER))
        return take(ballots, found)

    monkeypatch.setattr(panel_counting, "take_means", overtaken)
    second = count_panel(town, period=OCTOBER, private_key=panel_keys()[0], actor="second", clock=lambda: OVER)
    assert [second] == first
    with town.transaction() as session:
        written = session.scalars(select(AuditRow.actor).where(AuditRow.action == "count_panel")).all()
    assert written == ["first"]


def test_a_wrong_key_changes_nothing(town):
    closes(town)
    with pytest.raises(DomainError) as caught:
        counts(town, key="{}")
    assert caught.value.code == "review_key_invalid"
    with town.transaction() as session:
        assert panel_of(session, OCTOBER).state == "closed"


def test_panel_scheme_keeps_every_bound():
    assert parsed(panel_scheme()).indicators[CORE].input == "panel"


@pytest.mark.parametrize(
    ("marks", "zh", "en"),
    [
        ("444", "专家评分 3.5 分及以上，按满分计", "experts' mark 3.5 or more, taken as full"),
        ("333", "专家评分 3 分", "experts' mark 3"),
        ("222", "专家评分 2.5 分及以下，按 2.5 分计", "experts' mark 2.5 or less, taken as 2.5"),
    ],
)
def test_an_explanation_says_what_the_figure_stands_for(town, marks, zh, en):
    with town.transaction() as session:
        for person, mark in zip(("an", "bo", "cao"), marks, strict=True):
            marks_everything(session, OCTOBER, person, mark, NOW)
    closes(town)
    counts(town)
    with town.transaction() as session:
        settle_period(session, period=OCTOBER, actor="person:chen", now=OVER)
        explanation = explain(session, unit_code="jia", period=OCTOBER)
    line = next(each for each in explanation.lines if each.code == CORE)
    assert (panel_text(line, "zh"), panel_text(line, "en")) == (zh, en)
    for language, words in (("zh", zh), ("en", en)):
        assert words in line_text(line, language)
        assert words in str(scorecard_view(explanation, language))


def test_a_receipt_of_an_expert_is_answered_like_any_other(town):
    with town.transaction() as session:
        (receipt, _) = marks_everything(session, OCTOBER, "an", "3", NOW)
        marks_everything(session, OCTOBER, "an", "4", NOW)
        assert receipt_standing(session, receipt).waiting == ("2026-10",)
    closes(town)
    counts(town)
    with town.transaction() as session:
        standing = receipt_standing(session, receipt.lower())
        assert (standing.period, standing.standing, standing.waiting) == ("2026-10", "superseded", ())
        assert standing.is_panel


def test_only_a_panel_that_waits_is_counted_along_with_its_month(town):
    def along():
        return run_waiting_panel_count(town, period=OCTOBER, private_key=panel_keys()[0], actor="x", clock=lambda: OVER)

    assert along() is None
    closes(town)
    assert along().counted.ballots == 0
    assert along() is None
