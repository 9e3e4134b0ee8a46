"""Evidence of a figure through the Telegram door: fetched within limits, kept with the figure; lost files are told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bot import telegram_replies
from consortium.links import BIND, make_link, new_token
from evaluation.models import Reading
from evaluation.schemes import apply_scheme
from locales.errors import DomainError, explain
from reviews.panel_models import EvidenceFile
from tests.bot.inbound_thread import polling
from tests.cast import NOW
from tests.evaluation.cast import example
from tests.reviews.evidence_files import PDF
from tests.telegram_double import TelegramDouble


@pytest.fixture
def tg() -> Iterator[TelegramDouble]:
    with TelegramDouble(webhook_retry=0.01) as double:
        yield double


def test_a_document_becomes_the_evidence_of_the_figure_it_was_asked_for(tg, consortium, monkeypatch):
    token = new_token()
    with consortium.transaction() as session:
        apply_scheme(session, document=example(), now=NOW)
        make_link(session, person_id="li", purpose=BIND, made_by=None, token=token, now=NOW)
    with polling(tg, consortium):
        li = tg.person(401, "li", "zh")
        li.opens(f"/start {token}")
        li.waits_for(lambda message: len(message.buttons) > 2)
        for label, answer in (("填报指标（缺 9 项）", "请选择要填报的指标"), ("下转率", "请直接输入数字")):
            li.taps(label)
            li.waits_for(answer)
        li.sends("81/600")
        li.waits_for("您写的是：81 ÷ 600 = 13.5 %")
        li.taps("保存")
        li.waits_for("已保存。")
        li.taps("提交佐证")
        li.waits_for("请现在发来佐证材料")
        monkeypatch.setattr(telegram_replies, "LARGEST_EVIDENCE", 100)
        li.sends_file("big.pdf", bytes(101), mime="application/pdf", told_size=10)
        li.waits_for(explain("zh", DomainError("evidence_too_large", limit=0)))
        li.sends_file("证书.pdf", PDF, mime="application/pdf")
        li.waits_for("佐证材料已收到")
    with consortium.transaction() as session:
        kept = session.scalars(select(EvidenceFile)).one()
        assert (kept.name, kept.content, kept.handed_in_by) == ("证书.pdf", PDF, "li")
        assert session.scalars(select(Reading.evidence)).one() == kept.id
