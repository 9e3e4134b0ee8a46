"""The digest that a bulletin prints leads to a settlement in the chain; a corrected one says which it is."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import update

from bulletins.content import content_hash, from_json, to_json
from bulletins.models import Bulletin
from bulletins.printed_digests import check_printed_digests
from bulletins.rendering import bulletin_text
from evaluation.models import Settlement
from locales.errors import explain


def test_released_edition_prints_the_digest_of_its_settlement(desk):
    desk.releases(desk.proposes())
    assert check_printed_digests(desk.session) == []


def test_digest_of_no_settlement_is_named(desk):
    bulletin = desk.proposes()
    desk.session.execute(update(Bulletin).values(content={**bulletin.content, "digest": "0" * 64}))
    (finding,) = check_printed_digests(desk.session)
    assert (finding.key, finding.code) == ("bulletin:2026-10/1", "bulletin_digest_unknown")
    assert explain("zh", finding) != explain("en", finding)


def test_digest_of_a_settlement_that_was_removed_is_named(desk):
    desk.proposes()
    desk.session.execute(update(Settlement).values(digest="1" * 64))
    assert [finding.code for finding in check_printed_digests(desk.session)] == ["bulletin_digest_unknown"]


def test_corrected_settlement_says_which_it_is(content):
    again = replace(content, revision=2)
    assert "结算摘要 0123456789ab（第 2 次结算）。" in bulletin_text(again, "zh")
    assert "0123456789ab (settlement 2 of the period)." in bulletin_text(again, "en")
    assert from_json(to_json(again)) == again


def test_first_settlement_has_the_same_content_as_ever(content):
    assert "revision" not in to_json(content)
    assert content_hash(from_json(to_json(content))) == content_hash(content)
