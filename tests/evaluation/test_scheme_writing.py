"""A scheme written as TOML is the same scheme when it is read again, whatever it says."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.scheme_diff import diff_schemes
from evaluation.scheme_writing import next_year, plain_document, scheme_toml
from evaluation.templates import TEMPLATES, template_document
from tests.evaluation.cast import changed, example, indicator, parsed, small, wording


def again(document):
    return tomllib.loads(scheme_toml(document), parse_float=Decimal)


def test_every_known_scheme_reads_the_same_again():
    for document in (example(), *map(template_document, TEMPLATES)):
        read = again(document)
        assert read == document
        assert parsed(read) == parsed(document)


def test_what_was_stored_reads_the_same_again():
    """Stored numbers are text, stored keys sorted: the scheme is the same and the file has numbers."""
    document = changed(example(), "tiers.primary.indicators.first_visit.points", Decimal("19.25"))
    stored = json.loads(json.dumps(plain_document(document), sort_keys=True), parse_float=Decimal)
    assert stored["tiers"]["primary"]["indicators"]["first_visit"]["points"] == "19.25"
    text = scheme_toml(stored)
    assert "points = 19.25" in text
    assert parsed(tomllib.loads(text, parse_float=Decimal)) == parsed(document)


def test_every_new_key_is_kept():
    indicators = {
        "one": indicator(
            curve="band", band=[15, Decimal("25.5")], floor=5, ceiling=40, range=[10, 30], aspect="quality"
        ),
        "two": indicator(curve="steps", steps=[[60, Decimal("0.5")], [80, 1]], target=None, evidence=True, bonus=True),
        "all": indicator(input="mean", of=["one", "three"], by="share", method=wording("估算")),
        "three": indicator(curve="relative", against="tier_median", target=0, over_time="last", target_by="2026-12"),
    }
    del indicators["two"]["target"], indicators["one"]["target"]
    lines = {"one": {"points": 60, "band": [16, 24]}, "all": {"points": Decimal("39.5")}, "two": {"points": 1}}
    document = small(indicators, lines)
    document["scheme"] |= {"effective": "2026-07", "year_rule": "mean_of_months"}
    document["watching"] = {"below": Decimal("62.5"), "periods": 2}
    document["approval"] = {"quorum": 3, "majority": "two_thirds"}
    document["overrides"] = [
        {"bound": "peers", "tier": "only", "reason": {"zh": "十个字以上的理由在这里写", "en": "a reason of ten"}}
    ]
    assert again(document) == document
    assert again(plain_document(document)) == document


def test_next_year_says_the_same_of_the_year_after():
    document = example()
    document["scheme"]["effective"] = "2026-03"
    following = next_year(document)
    assert (following["scheme"]["year"], following["scheme"]["version"]) == (2027, 1)
    assert "effective" not in following["scheme"]
    assert diff_schemes(parsed(document), parsed(following)) == ()
    assert document["scheme"]["effective"] == "2026-03"


TEXTS = st.text(min_size=1, max_size=40).filter(lambda text: text.strip())


@settings(max_examples=50)
@given(zh=TEXTS, en=TEXTS)
def test_whatever_a_text_holds_it_is_read_again(zh, en):
    document = small({"one": indicator(name={"zh": zh, "en": en})}, {"one": {"points": 100}})
    read = again(document)
    expected = [each.encode("utf-8", "replace").decode() for each in (zh, en)]
    assert [read["indicators"]["one"]["name"][language] for language in ("zh", "en")] == expected
