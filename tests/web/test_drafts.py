"""Bulletins on the desk: seen as they will arrive, proposed by one, released by another, corrected by a new edition."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulletins.editions import content_of
from bulletins.models import Bulletin, Retraction
from bulletins.publication import parts_of
from consortium.models import Chat
from locales.errors import DomainError, explain
from outbox.models import Delivery
from tests.web.cast import NOW, signed_in


@pytest.fixture
def season(town):
    return town.has_a_season()


@pytest.fixture
def chen(season, browse):
    return signed_in(browse(season.site()), season, "chen")


@pytest.fixture
def zhao(season, browse):
    return signed_in(browse(season.site()), season, "zhao")


def draft_of(town, edition=1):
    return town.one(Bulletin, Bulletin.edition == edition)


def at(bulletin):
    return f"/office/bulletins/{bulletin.id}"


def test_draft_is_seen_exactly_as_it_will_arrive_in_both_languages(season, chen):
    draft = draft_of(season)
    page = chen.opens(at(draft))
    assert chen.heading == "2026年10月协同简报 草稿"
    for language, paper in zip(("zh", "en"), page.every("section", class_="phone-paper"), strict=True):
        shown = [each.one("p", class_="plain").text for each in paper.every("div", class_="bubble")]
        arrives = [message.text for _, message in parts_of(draft.id, content_of(draft), language)]
        assert shown == [" ".join(text.split()) for text in arrives]
        pictures = [each["src"] for each in paper.every("img")]
        assert pictures == [f"/pictures/{draft.id}-{language}.png", f"/pictures/{draft.id}-{language}-heat.png"]
        assert all(each["alt"] for each in paper.every("img"))


def test_one_proposes_and_another_releases(season, chen, zhao):
    draft = draft_of(season)
    chen.opens("/office/bulletins")
    chen.opens(next(each["href"] for each in chen.page.one("main").every("a") if each["href"] == at(draft)))
    assert chen.path == at(draft)
    chen.sends(f"{at(draft)}/propose")
    assert chen.path == at(draft)
    assert "您是提议人，不能自己发布。" in chen.page.text
    assert [each["action"] for each in chen.page.one("main").every("form")] == []

    zhao.opens(at(draft))
    assert "陈静 已提议发布，2026-11-07 11:30 前有效" in zhao.page.text
    zhao.sends(f"{at(draft)}/release")
    released = draft_of(season)
    assert (released.state, released.proposed_by, released.released_by) == ("released", "chen", "zhao")
    assert "由 陈静 提议、赵磊 发布" in zhao.page.text
    owed = season.count(
        Delivery, Delivery.kind == "bulletin", Delivery.address == "all-staff", Delivery.state == "sent"
    )
    assert owed == len(parts_of(released.id, content_of(released), "zh"))
    assert zhao.get("/bulletins/2026-10").status_code == 200


def test_proposer_cannot_release_even_with_a_form_of_their_own(season, chen):
    draft = draft_of(season)
    chen.opens(at(draft))
    chen.sends(f"{at(draft)}/propose")
    token = chen.page.one("footer").one("input", name="csrf")["value"]
    before = season.everything()
    response = chen.post(f"{at(draft)}/release", {"csrf": token, "seen": draft.content_hash})
    assert (response.status_code, chen.heading) == (409, explain("zh", DomainError("bulletin_own_proposal")))
    assert (draft_of(season).state, season.everything()) == ("proposed", before)


@pytest.mark.parametrize("seen", ["", "x", "0" * 64])
def test_content_that_was_not_seen_is_neither_proposed_nor_released(season, chen, zhao, seen):
    draft = draft_of(season)
    chen.opens(at(draft))
    assert chen.sends(f"{at(draft)}/propose", change={"seen": seen})
    assert (chen.status, draft_of(season).state) == (409, "draft")
    chen.opens(at(draft))
    chen.sends(f"{at(draft)}/propose")
    zhao.opens(at(draft))
    zhao.sends(f"{at(draft)}/release", change={"seen": seen})
    assert (zhao.status, zhao.heading) == (409, explain("zh", DomainError("bulletin_changed")))
    assert draft_of(season).state == "proposed"


def test_release_pressed_many_times_happens_once(season, chen, zhao):
    draft = draft_of(season)
    chen.opens(at(draft))
    chen.sends(f"{at(draft)}/propose")
    token = zhao.opens(at(draft)).one("footer").one("input", name="csrf")["value"]
    answers = zhao.together(
        8, "POST", f"{at(draft)}/release", content=f"csrf={token}&seen={draft.content_hash}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert sorted(each.status_code for each in answers) == [303] + [409] * 7
    assert season.audited("release_bulletin") == ["person:zhao"]


def test_proposal_that_ran_out_can_be_made_again_and_not_released(season, chen, zhao):
    draft = draft_of(season)
    chen.opens(at(draft))
    chen.sends(f"{at(draft)}/propose")
    token = zhao.opens(at(draft)).one("footer").one("input", name="csrf")["value"]
    season.now += timedelta(hours=11)
    zhao.opens(at(draft))
    assert "/release" in zhao.page.one("main").every("form")[0]["action"]
    season.now = NOW + timedelta(hours=24)
    refused = zhao.post(f"{at(draft)}/release", {"csrf": token, "seen": draft.content_hash})
    assert refused.status_code in (401, 409)  # the session ends before a proposal does
    signed_in(zhao, season, "zhao")
    zhao.opens(at(draft))
    assert "失效" in zhao.page.one("main").text
    assert [each["action"] for each in zhao.page.one("main").every("form")] == [f"{at(draft)}/propose"]
    zhao.sends(f"{at(draft)}/propose")
    assert draft_of(season).proposed_by == "zhao"


def test_correction_is_a_new_edition_and_the_old_one_stays(season, chen):
    season.has_released()
    released = draft_of(season)
    chen.opens(at(released))
    chen.sends(f"{at(released)}/correct", change={"note": "二院的转诊人次录错。<b>\u202e"})
    correction = draft_of(season, edition=2)
    assert chen.path == at(correction)
    assert "更正：本版取代第 1 版" in chen.page.text
    assert "二院的转诊人次录错。<b>" in chen.page.text
    assert chen.page.one("main").every("b") == []
    assert draft_of(season).state == "released"
    forms = [each["action"] for each in chen.opens(at(released)).one("main").every("form")]
    assert forms == [f"{at(released)}/retract"]  # no correction beside a correction


def test_correction_without_a_word_is_refused(season, chen):
    season.has_released()
    chen.opens(at(draft_of(season)))
    for note, code in (("  \u200b", "bulletin_note_missing"), ("好" * 501, "bulletin_note_too_long")):
        chen.opens(at(draft_of(season)))
        chen.sends(f"{at(draft_of(season))}/correct", change={"note": note})
        assert (chen.status, chen.heading) == (409, explain("zh", DomainError(code, limit=500)))
    assert season.count(Bulletin) == 1


def test_committee_reads_drafts_and_can_do_nothing_with_them(season, browse):
    sun = signed_in(browse(season.site()), season, "sun")
    page = sun.opens(at(draft_of(season)))
    assert (sun.status, page.one("main").every("form")) == (200, [])
    assert sun.opens("/office/bulletins").one("main").every("form") == []


def test_settled_month_without_a_bulletin_is_drafted_by_a_button(season, chen):
    with season.database.transaction() as session:
        session.delete(session.merge(draft_of(season)))
    chen.opens("/office/bulletins")
    chen.sends("/office/bulletins")
    assert chen.path == at(draft_of(season))
    assert season.audited("draft_bulletin") == ["schedule", "person:chen"]


def test_month_that_is_not_settled_has_no_draft(season, chen):
    for period, status in [("2026-09", 404), ("", 422), ("x", 422), ("2026-13", 422)]:
        token = chen.opens("/office/bulletins").one("footer").one("input", name="csrf")["value"]
        assert chen.post("/office/bulletins", {"csrf": token, "period": period}).status_code == status


def test_editions_that_are_none(season, chen):
    for path in ("/office/bulletins/999", f"/office/bulletins/{2**40}", "/office/bulletins/x", "/office/bulletins/-1"):
        assert chen.get(path).status_code == 404


# ── where it goes, how it looks there, and what was done ───────────────────────────────────────────────────────────


def has_places(season):
    """A robot of WeCom and a mailbox beside the local group."""
    with season.database.transaction() as session:
        for channel, address, title in (("wecom", "staff", "<b>职工</b>群"), ("email", "a@example.org", "")):
            session.add(Chat(channel=channel, address=address, kind="group", title=title, state="active",
                             purpose="bulletin", language=None, seen_at=NOW))  # fmt: skip


def test_every_place_is_named_and_every_channel_can_be_looked_at(season, chen):
    has_places(season)
    draft = draft_of(season)
    page = chen.opens(at(draft))
    said = page.one("section", **{"aria-labelledby": "places"}).text
    assert "企业微信 · <b>职工</b>群" in said
    assert "邮件 · a@example.org" in said
    assert page.one("main").every("b") == []
    for channel in ("wecom", "email"):
        shown = chen.opens(f"{at(draft)}?channel={channel}")
        paper = shown.every("section", class_="phone-paper")[0]
        parts = [message for _, message in parts_of(draft.id, content_of(draft), "zh", channel)]
        bubbles = paper.every("div", class_="bubble")
        assert len(bubbles) == len(parts)
        texts = [each.every("p", class_="plain")[0].text for each in bubbles if each.every("p", class_="plain")]
        assert texts == [" ".join(part.text.split()) for part in parts if part.text]
    assert "附件：PDF（打印版）" in chen.page.text
    assert chen.opens(f"{at(draft)}?channel=nothing").every("section", class_="phone-paper") != []


def test_an_edition_is_taken_back_by_two_and_the_page_says_so(season, chen, zhao):
    season.has_released()
    released = draft_of(season)
    chen.opens(at(released))
    chen.sends(f"{at(released)}/retract", change={"reason": "短"})
    assert (chen.status, chen.page.one("p", role="alert").text) == (
        409, explain("zh", DomainError("retraction_reason_length", length=1, low=10, high=300)),
    )  # fmt: skip
    assert chen.page.one("textarea", id="reason").text == "短"
    chen.sends(f"{at(released)}/retract", change={"reason": "二院的转诊人次录错了<i>，需要重算"})
    assert "陈静 提议撤回这一版" in chen.page.text
    assert chen.page.every("button", value="agree") == []
    page = zhao.opens(at(released))
    assert "条已发消息改为撤回说明" in page.text
    form = page.one("form", action=f"{at(released)}/retraction")
    hidden = {each["name"]: each["value"] for each in form.every("input")}
    answers = [zhao.post(f"{at(released)}/retraction", {**hidden, "act": "agree"}).status_code for _ in range(2)]
    assert answers == [303, 409]
    assert season.one(Retraction).state == "done"
    assert "已撤回" in zhao.opens("/office/bulletins").text
    page = zhao.opens(at(released))
    assert "赵磊 同意" in page.text
    assert page.one("main").every("i") == []
    assert f"{at(released)}/retract" not in [each["action"] for each in page.one("main").every("form")]
    changed = season.count(Delivery, Delivery.edits_id.is_not(None), Delivery.state == "sent")
    assert changed == len(parts_of(released.id, content_of(released), "zh"))


def test_a_retraction_is_withdrawn_and_another_editions_number_decides_nothing(season, chen, zhao):
    season.has_released().has_corrected()
    first, second = draft_of(season), draft_of(season, edition=2)
    chen.opens(at(first))
    chen.sends(f"{at(first)}/retract", change={"reason": "二院的转诊人次录错了，需要重算"})
    page = zhao.opens(at(first))
    number = page.one("form", action=f"{at(first)}/retraction").one("input", name="number")["value"]
    token = page.one("footer").one("input", name="csrf")["value"]
    for path, changed in ((at(second), number), (at(first), "999"), (at(first), "x"), (at(first), str(2**40))):
        answer = zhao.post(f"{path}/retraction", {"csrf": token, "number": changed, "act": "agree"})
        assert answer.status_code == 404, (path, changed)
    nonsense = zhao.post(f"{at(first)}/retraction", {"csrf": token, "number": number, "act": "maybe"})
    assert nonsense.status_code == 400
    assert zhao.post(f"{at(first)}/retraction", {"csrf": token, "number": number, "act": "withdraw"}).status_code == 303
    assert season.one(Retraction).state == "withdrawn"


def test_the_trail_says_who_did_what_and_when(season, chen, zhao):
    season.has_released()
    released = draft_of(season)
    steps = [each.text for each in chen.opens(at(released)).one("ol", class_="trail").every("li")]
    assert [step.split()[0] for step in steps] == ["起草", "提议发布", "发布"]
    assert "陈静" in steps[1]
    assert "赵磊" in steps[2]
