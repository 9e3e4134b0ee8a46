"""Peer scores in the bulletin: band by band, places where they are narrow, and a month without peers in every form."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction

import pytest
from PIL import Image

from bulletins.alternatives import ranking_in_words
from bulletins.charts import ranking_chart
from bulletins.content import content_hash, from_json, to_json
from bulletins.cutting import wrapped
from bulletins.peers import PeerRow, is_narrow, peer_tiers
from bulletins.rendering import bulletin_text
from evaluation.peer_standing import PeerStanding
from tests.bulletins.samples import group_of_26

REASON = "两位保管人的份额都丢失，无法计票。"
SENTENCE = f"本月不计互评：互评没有计票，经绩效办两人同意按可得分值结算。理由：{REASON}"
PLACES = {
    "h2": ("upper", 100, 1, 2), "h3": ("upper", 82.5, 1, 3), "h4": ("middle", 75, 2, 5), "h5": ("lower", 50, 5, 5),
    "h6": (None, 40, None, None),
}  # fmt: skip


def standing(band, score, low, high, of=5, arrow=None):
    return PeerStanding(Fraction(score), "20+", band, low, high, of, (), arrow, "peer-severity-1")


@pytest.fixture
def content():
    whole = group_of_26(peer_definition="peer-severity-1")
    secondary = whole.tiers[1]
    rows = tuple(replace(row, peer=standing(*PLACES[row.code])) for row in secondary.units)
    mixed = (rows[4], rows[2], rows[0], rows[3], rows[1])  # the order of totals is not that of peers
    return replace(whole, tiers=(whole.tiers[0], replace(secondary, units=mixed), whole.tiers[2]))


def test_units_stand_band_by_band_best_first_and_tiers_without_peers_not_at_all(content):
    [tier] = peer_tiers(content, "zh")
    assert tier.name == "二级医院"
    assert [(band.name, [row.name for row in band.rows]) for band in tier.bands] == [
        ("上档", ["城东医院", "城西医院"]), ("中档", ["城南医院"]), ("下档", ["城北医院"]), ("不分档", ["滨江医院"]),
    ]  # fmt: skip


def test_places_are_told_where_their_interval_is_narrow(content):
    [tier] = peer_tiers(content, "zh")
    rows = {row.name: row for band in tier.bands for row in band.rows}
    assert rows["城东医院"] == PeerRow("城东医院", "4.8 或以上", "第 1–2 名，共 5 家", "", "4.8 或以上（1–2）")
    assert rows["城西医院"] == PeerRow("城西医院", "4.3", "", "", "4.3")  # three of five places: the band says it all
    assert rows["城北医院"].places == "第 5 名，共 5 家"
    assert rows["滨江医院"].places == ""


@pytest.mark.parametrize(
    ("low", "high", "of", "narrow"), [(1, 1, 1, False), (1, 1, 2, True), (1, 6, 12, True), (1, 7, 12, False)]
)
def test_narrow_is_half_of_the_tier_at_most(low, high, of, narrow):
    assert is_narrow(standing("upper", 50, low, high, of)) is narrow


def test_the_text_has_bands_and_a_sentence_on_what_the_score_is(content):
    told = bulletin_text(content, "zh")
    part = told[told.index("■ 单位互评") : told.index("■ 往年对照")]
    assert "▸ 上档\n城东医院　4.8 或以上（1–2）\n城西医院　4.3\n\n▸ 中档\n" in part
    assert "宽严适中的单位会给的分" in part
    english = bulletin_text(content, "en")
    assert "▸ upper band\nHospital 1 — ≥ 4.8 (1–2)\n" in english
    assert "what an average rater would have given" in english


def test_no_exact_figure_of_raters_is_in_the_content(content):
    document = str(to_json(content))
    assert "'rater_band': '20+'" in document
    assert "rank'" not in str(to_json(content)["tiers"][1]["units"][0]["peer"])


def test_a_bulletin_without_peers_has_no_such_part():
    assert "■ 单位互评" not in bulletin_text(group_of_26(), "zh")


def test_content_with_peers_reads_back_as_it_was(content):
    named = replace(content, peers_waived=REASON)
    assert from_json(to_json(named)) == named
    assert content_hash(named) != content_hash(content)


def test_content_of_before_is_still_read(content):
    document = to_json(group_of_26())
    document.pop("peers_waived")
    for tier in document["tiers"]:
        for unit in tier["units"]:
            unit.pop("peer")
    assert from_json(document) == group_of_26()


def test_a_month_without_peers_says_so_at_the_top_in_both_languages():
    waived = group_of_26(peers_waived=REASON)
    told = bulletin_text(waived, "zh")
    assert told.index(SENTENCE) < told.index("■ 综合得分与排名")
    assert f"Reason: {REASON}" in bulletin_text(waived, "en")
    assert ranking_in_words(waived, "zh").splitlines()[1] == SENTENCE
    assert "不计互评" not in bulletin_text(group_of_26(), "zh")


def test_a_reason_is_never_a_template():
    told = bulletin_text(group_of_26(peers_waived="{{ 7 * 7 }} {reason} <b>"), "zh")
    assert "理由：{{ 7 * 7 }} {reason} <b>" in told


def test_the_picture_grows_by_what_it_has_to_say():
    plain, waived = (
        Image.open(io.BytesIO(ranking_chart(group_of_26(peers_waived=reason), "zh"))) for reason in (None, REASON * 5)
    )
    assert waived.height > plain.height + 3 * 36
    assert waived.width == plain.width


def test_a_note_is_cut_into_lines_and_nothing_is_lost():
    words = "本月不计互评：" + "无法计票 because the key shares are lost，" * 20
    lines = wrapped(words, 76)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert all(sum(1 if each.isascii() else 2 for each in line) <= 78 for line in lines)
    assert not [line for line in lines if line[0] in "，。："]
    assert wrapped("", 76) == []
    assert wrapped("x" * 200, 76) == ["x" * 200]  # one word longer than a line stays one word
