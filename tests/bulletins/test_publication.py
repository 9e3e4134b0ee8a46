"""What a release owes to each kind of place: texts cut as the channel counts, pictures in order, mail with its PDF."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from sqlalchemy import select

from bulletins.charts import HEAT, HISTORY, RANKING, TRENDS, kinds_of
from bulletins.content import to_json
from bulletins.editions import content_of
from bulletins.models import Bulletin
from bulletins.parts import TrendPoint
from bulletins.publication import channels_in_use, owe_to_groups, parts_of, recipients
from bulletins.rendering import bulletin_text
from bulletins.sent_editions import delivery_key, part_named
from consortium.models import Chat, Unit
from evaluation.corrections import resettle
from evaluation.models import Settlement, Veto
from outbox.channel_limits import CONFIGURED, LOCAL, TELEGRAM, length_of, limits_of
from outbox.message import from_json
from outbox.models import Delivery
from tests.bulletins.cast import MORNING
from tests.bulletins.samples import group_of_26, season, tier, unit_row
from tests.evaluation.cast import OCTOBER

CHANNELS = (TELEGRAM, LOCAL, *CONFIGURED)
POINTS = tuple(
    TrendPoint(f"2026-{month:02d}", Fraction(80 + month), None, None, 1, 2, is_break=False) for month in (9, 10)
)


@pytest.fixture
def whole():
    """The group of 26 with everything there is to see."""
    rows = tuple(
        replace(
            unit_row(f"x{number}", f"第{number}卫生院", f"Centre {number}", Fraction(9000 - number, 100), number),
            shares=(("collaboration", Fraction(70)),),
            trend=POINTS,
        )
        for number in range(1, 27)
    )
    return season(
        tier("primary", "基层", "Primary care", *rows),
        groups=(("collaboration", {"zh": "协同程度", "en": "Collaboration"}),),
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_every_message_fits_its_channel_and_no_line_is_lost(whole, channel, language):
    limits = limits_of(channel)
    parts = parts_of(7, whole, language, channel)
    assert len({name for name, _ in parts}) == len(parts)
    for _, message in parts:
        has_file = message.picture is not None or message.document is not None
        assert length_of(message.text, limits.counted_in) <= (limits.caption if has_file else limits.text)
        assert message.picture is None or limits.pictures
        assert message.document is None or limits.documents
        assert bool(message.title) == (channel not in (TELEGRAM, LOCAL))
    said = "\n".join(message.text for _, message in parts)
    assert [line for line in bulletin_text(whole, language).splitlines() if line.strip() not in said] == []


def test_telegram_gets_texts_then_ranking_trends_and_heat_table(whole):
    assert kinds_of(whole) == (RANKING, TRENDS, HEAT, HISTORY)  # the years before are for web and print
    names = [name for name, _ in parts_of(7, whole, "zh")]
    assert names[-3:] == ["picture", "trends", "heat"]
    assert names[:-3] == [str(number) for number in range(1, len(names) - 2)]
    pictures = [message for _, message in parts_of(7, whole, "zh")][-3:]
    assert [message.picture for message in pictures] == ["bulletin:7:zh", "bulletin:7:zh:trends", "bulletin:7:zh:heat"]
    assert all(message.alt and message.text for message in pictures)


def test_a_robot_of_wecom_gets_pictures_without_words_beside_them(whole):
    parts = parts_of(7, whole, "zh", "wecom")
    assert [name for name, _ in parts][-3:] == ["picture", "trends", "heat"]
    assert {message.text for _, message in parts[-3:]} == {""}
    assert len(parts) > len(parts_of(7, whole, "zh"))  # 2,048 bytes hold less than 4,096 letters


def test_mail_is_one_text_with_the_printed_edition(whole):
    ((name, message),) = parts_of(7, whole, "en", "email")
    assert (name, message.document, message.picture) == ("1", "bulletin:7:en:edition", None)
    assert message.title == "Collaboration bulletin, October 2026"


@pytest.mark.parametrize("channel", ["dingtalk", "feishu"])
def test_words_of_pictures_follow_where_there_is_room(channel):
    small = season(tier("secondary", "二级", "Secondary", unit_row("x1", "二院", "Second", Fraction(80), 1)))
    ((_, message),) = parts_of(7, small, "zh", channel)
    assert "排名" in message.text.removeprefix(bulletin_text(small, "zh").strip())
    long = season(
        tier("secondary", "二级", "Secondary", *(
            unit_row(f"x{number}", "长" * 70, "x", Fraction(80), number) for number in range(1, 60))),
    )  # fmt: skip
    last = parts_of(7, long, "zh", channel)[-1][1].text
    assert length_of(last, "bytes") <= limits_of(channel).text
    assert bulletin_text(long, "zh").strip().endswith(last[-20:])  # no room: nothing instead of half of it


def test_a_text_leaves_room_for_the_line_put_on_top_later(whole):
    for name, message in parts_of(7, whole, "zh"):
        if name.isdecimal():
            assert length_of(message.text, "utf16") <= 4096 - 64


@pytest.mark.both_databases
def test_every_place_is_owed_its_parts_in_its_language_and_shown_before(desk):
    mailbox = "bulletin-" + "x" * 200 + "@example.org"
    for channel, address, language in (("wecom", "staff", None), ("email", mailbox, "en"), ("dingtalk", "board", None)):
        desk.session.add(Chat(channel=channel, address=address, kind="group", title="", state="active",
                              purpose="bulletin", language=language, seen_at=MORNING))  # fmt: skip
    desk.session.flush()
    bulletin = desk.proposes()
    shown = recipients(desk.session, bulletin.id, content_of(bulletin))
    assert [(each.channel, each.language) for each in shown] == [
        ("telegram", "zh"), ("telegram", "en"), ("wecom", "zh"), ("email", "en"), ("dingtalk", "zh"),
    ]  # fmt: skip
    assert channels_in_use(desk.session)[0] == "telegram"
    assert desk.releases(bulletin) == sum(each.messages for each in shown)
    rows = [row for row in desk.owed() if row.kind == "bulletin"]
    for each in shown:
        sent = [
            from_json(row.message) for row in rows if row.channel == each.channel and each.place == _place(desk, row)
        ]
        assert sent == [
            message for _, message in parts_of(bulletin.id, content_of(bulletin), each.language, each.channel)
        ]
    (mail,) = [row for row in rows if row.channel == "email"]
    assert len(mail.dedupe_key) <= 200
    assert part_named(mail.dedupe_key) == (bulletin.id, "1")
    assert owe_to_groups(desk.session, bulletin.id, content_of(bulletin), MORNING) == len(rows)
    assert len([row for row in desk.owed() if row.kind == "bulletin"]) == len(rows)  # known keys owe nothing more


def _place(desk, row):
    title = desk.session.scalar(select(Chat.title).where(Chat.channel == row.channel, Chat.address == row.address))
    return title or row.address


@pytest.mark.parametrize("key", ["proposal:3:x", "bulletin:x:telegram:-1:1", "bulletin:3", "restate:3:1"])
def test_other_keys_name_no_part(key):
    assert part_named(key) is None
    assert part_named(delivery_key(3, "telegram", "-1", "heat")) == (3, "heat")


def test_a_vetoed_unit_is_nowhere_and_the_others_close_up(desk):
    """From the decision of the committee to text, pictures and print, in every channel and language."""
    desk.session.add(
        Veto(period="2026-10", unit_code="yi", state="in_force", reason="伪造随访记录十条", evidence="抽查记录",
             proposed_by="chen", proposed_at=MORNING, decided_by="li", decided_at=MORNING)
    )  # fmt: skip
    desk.session.flush()
    before = desk.drafts().content
    resettle(desk.session, period=OCTOBER, actor="person:li", now=MORNING)
    bulletin = desk.drafts()
    content = desk.session.get(Bulletin, bulletin.id)
    shown = content_of(content)
    names = desk.session.get_one(Unit, "yi").name
    assert "yi" in str(before)
    rows = {row.code: row.rank for each in shown.tiers for row in each.units}
    assert "yi" not in rows
    ranks = sorted(rank for each in shown.tiers if each.code == "secondary" for row in each.units if (rank := row.rank))
    assert ranks == list(range(1, len(ranks) + 1))
    assert all(each.rank_of == sum(row.rank is not None for row in each.units) for each in shown.tiers)
    written = str(to_json(shown))  # what pictures and the printed edition are made of, and nothing else
    for channel in CHANNELS:
        for language in ("zh", "en"):
            written += "".join(message.text + message.alt for _, message in parts_of(1, shown, language, channel))
    assert names["zh"] not in written
    assert "'yi'" not in written
    assert desk.session.get_one(Settlement, "2026-10").revision == 2
    assert desk.session.scalars(select(Delivery.id).where(Delivery.kind == "bulletin")).all() == []


def test_the_group_of_26_stays_as_it_was():
    """A month stored before has a ranking and no other picture."""
    content = group_of_26()
    assert kinds_of(content)[0] == RANKING
    assert [name for name, _ in parts_of(7, content, "zh")][-1] in {"picture", "heat", "trends"}
