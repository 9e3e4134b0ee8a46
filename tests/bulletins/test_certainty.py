"""Places with their intervals, bands and movements in the bulletin; vetoed units absent; old months as they were."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import update

from bulletins.alternatives import ranking_in_words
from bulletins.certainty import (
    method_text,
    movement_text,
    place_and_band_text,
    place_text,
    standing_text,
)
from bulletins.content import Certainty, content_hash, from_json, to_json
from bulletins.gathering import gather
from bulletins.rendering import bulletin_text
from consortium.periods import Period
from evaluation.models import Scorecard
from tests.bulletins.cast import Desk
from tests.bulletins.samples import group_of_26, season, tier, unit_row
from tests.evaluation.cast import OCTOBER, OCTOBER_IS_OVER

NOVEMBER = Period(2026, month=11)


def sure(row, low, high, band="middle", movement=None):
    return type(row)(**{name: getattr(row, name) for name in row.__slots__} | {
        "certainty": Certainty(low, high, band, movement)
    })  # fmt: skip


def content_of(*rows):
    return season(tier("secondary", "二级医院", "Secondary", *rows))


ROW = unit_row("h1", "二院", "Second", Fraction(8642, 100), 3)


@pytest.mark.parametrize(
    ("low", "high", "zh", "en"), [(2, 5, "3（2–5）", "3 (2–5)"), (3, 3, "3", "3"), (None, None, "3", "3")]
)
def test_a_place_stands_with_the_places_that_are_as_likely(low, high, zh, en) -> None:
    row = sure(ROW, low, high)
    assert (place_text(row, "zh"), place_text(row, "en")) == (zh, en)
    assert place_text(unit_row("h2", "三院", "Third", None, None, "no_total"), "zh") == ""


def test_only_more_than_noise_gets_an_arrow_and_words() -> None:
    words = {each: standing_text(sure(ROW, 2, 5, movement=each), "zh") for each in ("up", "down", "same", None)}
    assert words == {"up": "中档，↑ 较上期上升", "down": "中档，↓ 较上期下降", "same": "中档", None: "中档"}
    assert standing_text(ROW, "zh") == place_and_band_text(ROW, "zh") == movement_text(ROW, "zh") == ""
    assert place_and_band_text(sure(ROW, 2, 5, movement="up"), "en") == "place 2–5, middle band"
    assert place_and_band_text(sure(ROW, 3, 3), "zh") == "中档"
    moved = [movement_text(sure(ROW, 2, 5, movement=each), "en") for each in ("up", "down", "same", None)]
    assert moved == ["↑ up since the period before", "↓ down since the period before", "", ""]


def test_text_says_place_band_movement_and_the_method_once() -> None:
    content = content_of(sure(ROW, 2, 5, "upper", "up"))
    for language, line, place in (
        ("zh", ["▸ 上档", "3（2–5）　二院　86.42 ↑"], "第 3 名（可能在 2–5 名）"),
        ("en", ["▸ upper band", "3 (2–5). Second — 86.42 ↑"], "place 3 (as likely 2–5)"),
    ):
        written = bulletin_text(content, language)
        at = written.splitlines().index(line[0])
        assert written.splitlines()[at : at + 2] == line
        assert written.count(method_text(content, language)) == 1
        assert place in ranking_in_words(content, language)
    assert method_text(content_of(ROW), "zh") == ""


def test_a_content_from_before_intervals_is_the_same_for_ever() -> None:
    old = to_json(group_of_26())
    assert not any("certainty" in row for table in old["tiers"] for row in table["units"])
    assert content_hash(from_json(old)) == content_hash(group_of_26())
    new = content_of(sure(ROW, 2, 5, "upper", "down"))
    assert from_json(to_json(new)) == new


def test_a_month_settled_before_intervals_is_gathered_without_them(desk: Desk) -> None:
    nothing = dict.fromkeys(("rank_low", "rank_high", "band", "total_low", "total_high"))
    desk.session.execute(update(Scorecard).values(**nothing))
    desk.session.expire_all()
    content = gather(desk.session, period=OCTOBER, edition=1)
    assert not any(row.certainty for table in content.tiers for row in table.units)
    assert method_text(content, "zh") == ""


def test_places_are_those_that_were_frozen_and_movement_is_against_the_month_before(desk: Desk) -> None:
    desk.season.answers("ding", fives=0, threes=25, period=NOVEMBER)
    desk.season.answers("yi", fives=27, threes=3, period=NOVEMBER)
    desk.season.settles(NOVEMBER, now=OCTOBER_IS_OVER.replace(year=2027))
    rows = {row.code: row for table in gather(desk.session, period=NOVEMBER, edition=1).tiers for row in table.units}
    card = desk.session.get_one(Scorecard, ("2026-11", "ding"))
    found = rows["ding"].certainty
    assert found is not None
    assert (found.rank_low, found.rank_high, found.movement) == (card.rank_low, card.rank_high, "down")


def test_vetoed_unit_is_in_no_table(desk: Desk) -> None:
    void = {"total": None, "rank": None, "unranked_reason": "vetoed", "rank_low": None, "rank_high": None}
    desk.session.execute(update(Scorecard).where(Scorecard.unit_code == "yi").values(**void))
    desk.session.expire_all()
    content = gather(desk.session, period=OCTOBER, edition=1)
    assert "yi" not in {row.code for table in content.tiers for row in table.units}
    assert "二院" not in bulletin_text(content, "zh")
    assert content.overall.units == 4
