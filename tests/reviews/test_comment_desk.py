"""Comments after a count: reworded by the office or left out, shown all at once, and never traceable in the trail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consortium.models import Role
from consortium.people import actor_of
from consortium.periods import Period
from locales.errors import DomainError, explain
from reviews.comment_desk import (
    NOT_SHOWN,
    bare,
    comments_of,
    months_with_comments,
    reword_comments,
    show_comments,
    shown_comments,
    take_back_comments,
)
from reviews.models import PeerComment, ReviewRound
from storage.audit import AuditRow
from storage.database import Database
from tests.cast import found_consortium

OCTOBER = Period(2026, month=10)
NOW = datetime(2026, 11, 3, 1, tzinfo=UTC)
SLOW, KIND, SHORT = "转诊的病人常常等三天才有回复。", "The ward sister Hong is wonderful!", "好"


@pytest.fixture
def desk(session: Session) -> Session:
    return ready(session)


def ready(session: Session) -> Session:
    """甲 has three comments and 乙 one."""
    found_consortium(session)
    session.add(
        ReviewRound(period="2026-10", state="erased", public_key="{}", criteria=[], thresholds={}, opened_at=NOW)
    )
    session.flush()
    for id_, unit, comment in (("c2", "jia", SLOW), ("c1", "jia", KIND), ("c3", "jia", SHORT), ("d1", "yi", "还行")):
        session.add(PeerComment(id=id_, period="2026-10", unit_code=unit, comment=comment))
    session.flush()
    return session


def rewords(session: Session, wordings: dict[str, str | None], *, unit: str = "jia", by: str = "chen") -> int:
    actor = actor_of(session, by)
    return reword_comments(session, period=OCTOBER, unit_code=unit, wordings=wordings, actor=actor, now=NOW)


def shows(session: Session, *, unit: str = "jia", by: str = "chen") -> int:
    return show_comments(session, period=OCTOBER, unit_code=unit, actor=actor_of(session, by), now=NOW)


def refused(code: str, act: object, *arguments: object, **named: object) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        act(*arguments, **named)  # type: ignore[operator]
    assert refusal.value.code == code
    assert explain("zh", refusal.value) != explain("en", refusal.value)
    return refusal.value


DECIDED = {"c1": "护理得到好评。", "c2": "转诊回复可以更快。", "c3": NOT_SHOWN}


def test_comments_stand_by_their_random_ids_and_the_unit_reads_nothing(desk: Session) -> None:
    found = comments_of(desk, period=OCTOBER)
    assert [(each.id, each.original, each.reworded) for each in found["jia"].waiting] == [
        ("c1", KIND, None), ("c2", SLOW, None), ("c3", SHORT, None),
    ]  # fmt: skip
    assert (found["jia"].undecided, found["yi"].undecided, "bing" in found) == (3, 1, False)
    assert shown_comments(desk, period=OCTOBER, unit_code="jia") == ()
    assert months_with_comments(desk) == {"2026-10": 4}


def test_the_unit_reads_the_offices_words_once_all_are_decided_and_shown(desk: Session) -> None:
    assert rewords(desk, DECIDED) == 3
    assert shown_comments(desk, period=OCTOBER, unit_code="jia") == ()
    assert shows(desk) == 2
    assert shown_comments(desk, period=OCTOBER, unit_code="jia") == ("护理得到好评。", "转诊回复可以更快。")
    assert shown_comments(desk, period=OCTOBER, unit_code="yi") == ()
    assert comments_of(desk, period=OCTOBER)["jia"].shown == ("护理得到好评。", "转诊回复可以更快。")
    assert months_with_comments(desk) == {"2026-10": 1}


def test_the_originals_are_gone_when_the_wordings_are_shown(desk: Session) -> None:
    rewords(desk, DECIDED)
    shows(desk)
    rows = desk.scalars(select(PeerComment).where(PeerComment.unit_code == "jia")).all()
    assert [(row.id, row.comment) for row in rows] == [("c1", ""), ("c2", "")]  # the one left out is gone as a whole


def test_undecided_comments_are_not_shown(desk: Session) -> None:
    rewords(desk, {"c1": "护理得到好评。"})
    assert refused("comments_undecided", shows, desk).details == {"count": 2}
    rewords(desk, DECIDED)
    rewords(desk, {"c2": None})  # thought better of it
    assert refused("comments_undecided", shows, desk).details == {"count": 1}
    assert shown_comments(desk, period=OCTOBER, unit_code="jia") == ()


@pytest.mark.parametrize(
    "written",
    [
        KIND, KIND.upper(), f"  {KIND} ", "the ward  sister Hong – is wonderful", "ＴＨＥ ward sister hong is wonderful",
        f"A unit writes: “{KIND}” So they say.", "The\u200b ward\u200d sister Hong is wonderful", SLOW, "！！！", "👍👍", ".",
        "好！", "转诊的病人, 常常等三天才有回复",
    ],
)  # fmt: skip
def test_a_wording_that_is_an_original_is_refused_whichever_comment_it_stands_with(desk: Session, written: str) -> None:
    assert refused("comment_not_reworded", rewords, desk, {"c1": written, "c2": "转诊回复可以更快。"}).details == {
        "number": 1
    }
    assert comments_of(desk, period=OCTOBER)["jia"].undecided == 3  # all of them or none


def test_a_short_original_may_be_part_of_a_wording(desk: Session) -> None:
    assert rewords(desk, {"c3": "总体评价较好。"}) == 1


def test_a_wording_is_one_line_of_two_hundred_characters(desk: Session) -> None:
    rewords(desk, {"c1": " 护理\n得到\u202e好评。 "})
    assert comments_of(desk, period=OCTOBER)["jia"].waiting[0].reworded == "护理 得到好评。"
    assert refused("comment_too_long", rewords, desk, {"c1": "护" * 201}).details == {"limit": 200}


@pytest.mark.parametrize("wordings", [{"nobody": "x y"}, {"d1": "属于乙的意见"}])
def test_only_comments_of_this_unit_are_reworded(desk: Session, wordings: dict[str, str | None]) -> None:
    refused("comment_unknown", rewords, desk, wordings)
    refused("comment_unknown", rewords, desk, wordings, unit="bing")


def test_what_is_shown_cannot_be_reworded_only_taken_back(desk: Session) -> None:
    rewords(desk, DECIDED)
    shows(desk)
    refused("comments_shown_already", rewords, desk, {"c1": "换一句话说。"})
    refused("comments_shown_already", shows, desk)
    chen = actor_of(desk, "chen")
    assert take_back_comments(desk, period=OCTOBER, unit_code="jia", actor=chen, now=NOW) == 2
    assert shown_comments(desk, period=OCTOBER, unit_code="jia") == ()
    refused("comment_unknown", take_back_comments, desk, period=OCTOBER, unit_code="jia", actor=chen, now=NOW)
    assert "jia" not in comments_of(desk, period=OCTOBER)


def test_all_left_out_shows_nothing(desk: Session) -> None:
    rewords(desk, dict.fromkeys(("c1", "c2", "c3"), NOT_SHOWN))
    assert shows(desk) == 0
    assert "jia" not in comments_of(desk, period=OCTOBER)


@pytest.mark.parametrize("person", ["li", "wang"])
def test_only_the_office_decides(desk: Session, person: str) -> None:
    refused("not_allowed", rewords, desk, DECIDED, by=person)
    refused("not_allowed", shows, desk, by=person)
    actor = actor_of(desk, person)
    refused("not_allowed", take_back_comments, desk, period=OCTOBER, unit_code="jia", actor=actor, now=NOW)


def test_a_committee_may_not_read_along(desk: Session) -> None:
    desk.execute(update(Role).where(Role.person_id == "zhao").values(role="committee"))
    desk.expire_all()
    refused("not_allowed", shows, desk, by="zhao")


def test_the_trail_has_numbers_and_no_words(desk: Session) -> None:
    rewords(desk, DECIDED)
    rewords(desk, DECIDED)  # nothing changes, nothing is noted
    rewords(desk, {"c1": None})
    rewords(desk, DECIDED)
    shows(desk)
    rows = desk.scalars(select(AuditRow).where(AuditRow.action.contains("peer_comments")).order_by(AuditRow.id)).all()
    assert [(row.action, row.actor, row.subject, row.details) for row in rows] == [
        ("reword_peer_comments", "person:chen", "peer_comments:2026-10/jia",
         {"reworded": 2, "left_out": 1, "reopened": 0}),
        ("reword_peer_comments", "person:chen", "peer_comments:2026-10/jia",
         {"reworded": 0, "left_out": 0, "reopened": 1}),
        ("reword_peer_comments", "person:chen", "peer_comments:2026-10/jia",
         {"reworded": 1, "left_out": 0, "reopened": 0}),
        ("show_peer_comments", "person:chen", "peer_comments:2026-10/jia", {"shown": 2, "left_out": 1}),
    ]  # fmt: skip


def test_errors_carry_no_words_of_a_comment(desk: Session) -> None:
    error = refused("comment_not_reworded", rewords, desk, {"c2": SLOW})
    assert SLOW not in str(error.details) + explain("zh", error) + str(error)


def test_a_text_bare_of_marks_is_its_letters() -> None:
    assert bare(" Ｓo-so, 还行！１２ ") == "soso还行12"
    assert bare("…👍") == ""
    assert bare("STRASSE") == bare("straße")


def test_of_two_who_show_at_once_one_does(database: Database) -> None:
    with database.transaction() as session:
        ready(session)
        rewords(session, DECIDED)
    start = Barrier(2)

    def showing(person: str) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                return str(shows(session, by=person))
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(showing, ["chen", "zhao"])) == ["2", "comments_shown_already"]
