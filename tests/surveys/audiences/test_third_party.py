"""What third parties have found: read strictly, imported whole or not at all, a stream of its own."""

from __future__ import annotations

import io
from datetime import timedelta
from fractions import Fraction

import openpyxl
import pytest
from sqlalchemy import func, select

from consortium.periods import Period
from locales.errors import DomainError
from storage.audit import AuditRow
from surveys.audiences.models import ThirdPartyImport, ThirdPartyResult
from surveys.audiences.third_party import (
    CORRECTED,
    LIFETIME,
    NEW,
    UNCHANGED,
    import_results,
    keep_results,
    kept_results,
    preview_results,
    third_party_results,
    unit_results,
)
from surveys.measurement import measures
from tests.surveys.audiences.cast import answer, invite_staff
from tests.surveys.cast import BING, JIA, NOW, YI

OCTOBER = Period(2026, 10)
HEAD = "unit,period,source,definition,score,n"
CHEN, ZHAO = "person:chen", "person:zhao"


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *rows)).encode()


def look(session, content, settled=()):
    return preview_results(session, content=content, file="third.csv", settled=settled)


def take(session, content, *, new_id="k1", actor=CHEN, now=NOW, settled=()):
    preview = look(session, content)
    assert preview.findings == ()
    rows = [row for row, _ in preview.rows]
    keep_results(session, content=content, rows=rows, new_id=new_id, actor=actor, now=now)
    return import_results(session, import_id=new_id, settled=settled, actor=actor, now=now)


def stored(session) -> list[tuple[object, ...]]:
    return [
        (row.unit_code, row.period, row.source, row.definition, row.score, row.n, row.low, row.high)
        for row in unit_results(session)
    ]


def test_results_are_kept_exactly_as_they_were_found(ready):
    content = table(
        "jia,2026-10,省卫健委,topbox,92.10,400,90,94.5", "yi,2026-Q3,某咨询公司,~综合满意度,88,35,,",
        "bing,2026,某咨询公司,nps,-12.5,50,,", head=HEAD + ",low,high",
    )  # fmt: skip
    assert take(ready, content).count(NEW) == 3
    assert sorted(stored(ready)) == [
        (BING, "2026", "某咨询公司", "nps", Fraction(-25, 2), 50, None, None),
        (JIA, "2026-10", "省卫健委", "topbox", Fraction("92.1"), 400, Fraction(90), Fraction("94.5")),
        (YI, "2026-Q3", "某咨询公司", "~综合满意度", Fraction(88), 35, None, None),
    ]
    kept = ready.scalars(select(ThirdPartyImport)).one()
    assert (kept.rows, kept.imported_at, kept.made_by, len(kept.file_digest)) == ([], NOW, CHEN, 64)


@pytest.mark.parametrize(
    ("row", "where", "code"),
    [
        ("dinge,2026-10,a,topbox,92,40", "unit", "unit_unknown"),
        (",2026-10,a,topbox,92,40", "unit", "cell_empty"),
        ("jia,2026-13,a,topbox,92,40", "period", "period_invalid"),
        ("jia,2026-09,a,topbox,92,40", "period", "third_party_settled"),
        (f"jia,2026-10,{'长' * 61},topbox,92,40", "source", "third_party_name"),
        ("jia,2026-10,a,topbx,92,40", "definition", "third_party_definition"),
        ("jia,2026-10,a,~ ,92,40", "definition", "third_party_definition"),
        ("jia,2026-10,a,topbox,92%,40", "score", "third_party_number"),
        ("jia,2026-10,a,topbox,NaN,40", "score", "third_party_number"),
        ("jia,2026-10,a,topbox,1e1,40", "score", "third_party_number"),
        ("jia,2026-10,a,topbox,100.1,40", "score", "third_party_range"),
        ("jia,2026-10,a,topbox,-1,40", "score", "third_party_range"),
        ("jia,2026-10,a,nps,-101,40", "score", "third_party_range"),
        ("jia,2026-10,a,topbox,92,0", "n", "third_party_n"),
        ("jia,2026-10,a,topbox,92,40.5", "n", "third_party_n"),
        ("jia,2026-10,a,topbox,92,", "n", "cell_empty"),
    ],
)
def test_bad_row_is_named_and_nothing_is_taken(ready, row, where, code):
    preview = look(ready, table("yi,2026-10,a,topbox,90,40", row), settled=("2026-09",))
    assert [(each.key, each.code) for each in preview.findings] == [(f"line 3, {where}", code)]
    assert preview.rows == ()


@pytest.mark.parametrize(
    ("cells", "where", "code"),
    [
        ("90,", "high", "third_party_interval_half"),
        (",95", "low", "third_party_interval_half"),
        ("93,95", "score", "third_party_outside_interval"),
        ("95,90", "score", "third_party_outside_interval"),
        ("x,95", "low", "third_party_number"),
    ],
)
def test_interval_is_whole_and_around_its_score(ready, cells, where, code):
    preview = look(ready, table(f"jia,2026-10,a,topbox,92,40,{cells}", head=HEAD + ",low,high"))
    assert [(each.key, each.code) for each in preview.findings] == [(f"line 2, {where}", code)]


def test_every_fault_is_named_at_once(ready):
    preview = look(ready, table("x,y,a,z,q,0", "jia,2026-10,a,topbox,92,40", "jia,2026-10,a,topbox,93,40"))
    assert [each.key for each in preview.findings] == [
        "line 2, unit", "line 2, period", "line 2, definition", "line 2, score", "line 2, n", "line 4, unit",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (table(), "third_party_empty"),
        (b"", "column_missing"),
        (table("jia,2026-10,a,topbox,92,40", head="unit,period,source,definition,score,people"), "column_missing"),
        (table("jia,2026-10,a"), "row_ragged"),
        (b"PK\x03\x04 nothing", "workbook_damaged"),
    ],
)
def test_file_that_is_no_table_of_results_is_refused(ready, content, code):
    assert code in {each.code for each in look(ready, content).findings}


def test_workbooks_and_the_encodings_of_spreadsheets_are_read(ready):
    book = openpyxl.Workbook()
    for row in (HEAD.split(","), ["jia", "2026-10", "省卫健委", "topbox", 92.5, 400]):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    expected = [("jia", "省卫健委", Fraction("92.5"), 400)]
    for each in (content.getvalue(), table("jia,2026-10,省卫健委,topbox,92.5,400").decode().encode("gb18030")):
        preview = look(ready, each)
        assert preview.findings == ()
        assert [(row.unit_code, row.source, row.score, row.n) for row, _ in preview.rows] == expected


def test_same_again_changes_nothing_and_other_figures_correct(ready):
    take(ready, table("jia,2026-10,a,topbox,92,40", "yi,2026-10,a,topbox,90,40"))
    second = table("jia,2026-10,a,topbox,92.0,40", "yi,2026-10,a,topbox,91,44", "yi,2026-10,a,nps,91,44")
    done = take(ready, second, new_id="k2", now=NOW + timedelta(days=1))
    assert [outcome for _, outcome in done.rows] == [UNCHANGED, CORRECTED, NEW]
    assert {(row[0], row[3], row[4]) for row in stored(ready)} == {
        (JIA, "topbox", 92), (YI, "topbox", 91), (YI, "nps", 91),
    }  # fmt: skip
    former = ready.scalars(select(AuditRow).where(AuditRow.action == "correct_third_party")).one()
    assert (former.subject, former.details["score"], former.details["n"]) == ("unit:yi", "90", 40)


def test_looking_changes_nothing(ready):
    before = ready.scalar(select(func.count()).select_from(AuditRow))
    look(ready, table("jia,2026-10,a,topbox,92,40"))
    assert stored(ready) == []
    assert ready.scalar(select(func.count()).select_from(AuditRow)) == before


def test_kept_table_is_its_makers_once_and_for_two_hours(ready):
    content = table("jia,2026-10,a,topbox,92,40")
    rows = [row for row, _ in look(ready, content).rows]
    keep_results(ready, content=content, rows=rows, new_id="k1", actor=CHEN, now=NOW)
    for actor, now in ((ZHAO, NOW), (CHEN, NOW + LIFETIME)):
        with pytest.raises(DomainError) as refused:
            kept_results(ready, import_id="k1", actor=actor, now=now)
        assert refused.value.code == "third_party_gone"
    assert kept_results(ready, import_id="k1", actor=CHEN, now=NOW).count(NEW) == 1
    import_results(ready, import_id="k1", settled=(), actor=CHEN, now=NOW)
    with pytest.raises(DomainError) as refused:
        import_results(ready, import_id="k1", settled=(), actor=CHEN, now=NOW)
    assert refused.value.code == "third_party_gone"


def test_month_settled_in_between_takes_nothing(ready):
    with pytest.raises(DomainError) as refused:
        take(ready, table("yi,2026-09,a,topbox,92,40", "jia,2026-10,a,topbox,92,40"), settled={"2026-10"})
    assert (refused.value.code, refused.value.details) == ("third_party_settled", {"period": "2026-10"})
    assert stored(ready) == []


def test_newer_upload_takes_the_place_of_one_that_waits(ready):
    content = table("jia,2026-10,a,topbox,92,40")
    rows = [row for row, _ in look(ready, content).rows]
    for new_id in ("k1", "k2"):
        keep_results(ready, content=content, rows=rows, new_id=new_id, actor=CHEN, now=NOW)
    assert ready.scalars(select(ThirdPartyImport.id)).all() == ["k2"]


def test_own_answers_and_third_parties_never_meet(ready):
    invite_staff(ready, "E1")
    answer(ready, "E1", "5")
    before = measures(ready, period=OCTOBER)
    take(ready, table("jia,2026-10,a,linear-0-100,10,4000"))
    assert measures(ready, period=OCTOBER) == before
    assert [row.score for row in third_party_results(ready, period=OCTOBER)[JIA]] == [10]
    assert third_party_results(ready, period=Period(2026)) == {}
    assert ready.scalar(select(func.count()).select_from(ThirdPartyResult)) == 1
