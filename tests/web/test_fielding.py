"""The pages of fielding: who may see and do what, waves, lists of visits, contacts, posters, test links."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import select

from locales.errors import DomainError, explain
from storage.base import Base
from surveys.fielding.dispositions import note
from surveys.fielding.models import Fielded, Poster, UndrawnVisit, VisitList, Wave
from surveys.fielding.posters import make_poster
from surveys.fielding.sampling import commitment
from surveys.fielding.waves import end_wave
from surveys.models import Invitation, Response, Ticket
from surveys.questionnaires import apply_questionnaire
from tests.surveys.cast import outpatient_document
from tests.surveys.fielding.cast import report
from tests.web.cast import HERE, NOW, signed_in
from web.fielding_views import progress_view
from web.uploads import LONGEST_UPLOAD

DAY = timedelta(days=1)
LIST = "visit,kind,discharged_at,language\nV-1,outpatient,2026-11-03 10:00,zh\nV-2,outpatient,2026-11-05,en\n"
WAVE = {
    "name": "十一月门诊", "questionnaire": "outpatient:1", "kinds": ["outpatient"], "first_day": "2026-11-01",
    "last_day": "2026-11-30", "percent": "50", "target": "", "contact_after": "", "window": "",
}  # fmt: skip
PAGES = ("/surveys", "/surveys/questionnaires", "/surveys/waves/w1", "/units/jia/surveys", "/units/yi/surveys",
         "/surveys/posters/abcdefgh.pdf")  # fmt: skip
ALLOWED = {
    "chen": set(PAGES),
    "sun": set(PAGES),
    "gao": set(PAGES),
    "li": {"/units/jia/surveys", "/surveys/posters/abcdefgh.pdf"},
    "wang": {"/units/yi/surveys"},
    "he": set(),
}


def fields(**changes):
    return WAVE | changes


def lively(town):
    """A wave, a poster, a few visits."""
    chen = {"actor": "person:chen", "now": NOW}
    with town.database.transaction() as session:
        from datetime import date
        from fractions import Fraction

        from surveys.fielding.waves import Plan, launch_wave

        plan = Plan("十一月", ("outpatient", "1"), ("outpatient",), date(2026, 11, 1), date(2026, 11, 30),
                    fraction=Fraction(1, 2))  # fmt: skip
        launch_wave(session, plan=plan, seed="5eed" * 16, new_id="w1", **chen)
        make_poster(session, unit_code="jia", department="心内科", kind="outpatient", code="abcdefgh", **chen)
        for number in range(12):
            report(session, f"v{number}", discharged_at=NOW - 3 * DAY, now=NOW - 3 * DAY)
    return town


@pytest.fixture
def chen(town, browse):
    return signed_in(browse(town.site(bot_name=lambda: "tongping_bot")), town, "chen")


@pytest.fixture
def li(town, browse):
    return signed_in(browse(town.site()), town, "li")


def sends_list(browser, content=LIST, *, unit="jia", **change):
    """As the form of the unit's page sends it."""
    browser.opens(f"/units/{unit}/surveys")
    if browser.status != 200:
        return browser.response
    token = browser.page.one("form", action="/surveys/lists").one("input", name="csrf")["value"]
    data = {"csrf": token, "unit": unit} | change
    content = content.encode() if isinstance(content, str) else content
    browser.request("POST", "/surveys/lists", data=data, files={"list": ("visits.csv", content)})
    return browser._followed()


def cells(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("person", ALLOWED)
def test_pages_open_for_those_who_may_see_them(hamlet, browse, person):
    browser = signed_in(browse(lively(hamlet).site()), hamlet, person)
    assert {path for path in PAGES if browser.get(path).status_code == 200} == ALLOWED[person]
    for path in set(PAGES) - ALLOWED[person]:
        own_scope = path.startswith(("/units/", "/surveys/posters"))
        assert browser.get(path).status_code == (404 if own_scope else 403), path


def test_nobody_sees_anything_without_signing_in(hamlet, browse):
    browser = browse(lively(hamlet).site())
    for path in PAGES:
        assert browser.get(path).status_code == 401, path


ACTS = {
    "/surveys/waves": fields(first_day="2026-12-01", last_day="2026-12-31"),
    "/surveys/waves/w1/end": {},
    "/surveys/questionnaires/tests": {"questionnaire": "outpatient:1", "language": "zh"},
    "/units/jia/surveys/contacts": {"form": "csv"},
    "/units/jia/surveys/posters": {"department": "外科", "kind": "outpatient"},
    "/surveys/posters/abcdefgh/withdraw": {},
}


@pytest.mark.parametrize(("person", "may"), [
    ("sun", set()), ("gao", set()), ("he", set()), ("wang", set()),
    ("li", {"/units/jia/surveys/contacts", "/units/jia/surveys/posters", "/surveys/posters/abcdefgh/withdraw"}),
    ("chen", set(ACTS)),
])  # fmt: skip
def test_acts_are_for_the_office_and_the_units_own_people(hamlet, browse, person, may):
    browser = signed_in(browse(lively(hamlet).site()), hamlet, person)
    token = browser.opens("/bulletins").one("footer").one("input", name="csrf")["value"]
    for path, form in ACTS.items():
        before = hamlet.everything()
        status = browser.post(path, form | {"csrf": token}).status_code
        assert (status in (200, 303)) is (path in may), (path, status)
        if path not in may:
            assert status in (403, 404)
            assert hamlet.everything() == before


def test_acts_need_the_session_its_own_form_and_no_other_fields(hamlet, browse):
    site = lively(hamlet).site()
    stranger, chen = browse(site), signed_in(browse(site), hamlet, "chen")
    token = chen.opens("/bulletins").one("footer").one("input", name="csrf")["value"]
    before = hamlet.everything()
    for path, form in ACTS.items():
        assert stranger.post(path, form).status_code == 401, path
        assert chen.post(path, form).status_code == 403, path
        assert chen.post(path, form | {"csrf": "0" * 32}).status_code == 403, path
        assert chen.post(path, form | {"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        for field in ("seed", "unit_id", "stream"):
            assert chen.post(path, form | {"csrf": token, field: "1"}).status_code == 422, (path, field)
    assert hamlet.everything() == before


# ── waves ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_office_launches_a_wave_and_sees_how_it_goes(town, chen):
    chen.opens("/surveys")
    chen.sends("/surveys/waves", change=fields())
    wave = town.one(Wave)
    assert chen.path == f"/surveys/waves/{wave.id}"
    assert "十一月门诊 进行中" in chen.heading
    assert commitment(wave.seed) in chen.page.text
    assert wave.seed not in chen.response.text
    assert len(wave.seed) == 64
    with town.database.transaction() as session:
        drawn = [report(session, f"v{n}", discharged_at=NOW - DAY, now=NOW).outcome for n in range(20)].count("new")
        complete = session.scalars(select(Fielded.invitation_id).limit(2)).all()
        for invitation in complete:
            note(session, invitation_id=invitation, disposition="complete", now=NOW)
    chen.opens("/surveys")
    [card] = chen.page.one("section", **{"aria-labelledby": "waves"}).every("li", class_="card")
    figures = [each.text for each in card.every("dd")]
    assert figures == ["20", str(20 - drawn), str(drawn), "2", f"{200 / drawn:.1f} %"]
    rows = chen.opens(f"/surveys/waves/{wave.id}").one("tbody").every("tr")
    assert rows[0].text.startswith(f"人民医院 {drawn} 2 ")
    assert "未抽中" in rows[1].text
    assert [row.text for row in rows[2:]] == ["二院 0 0 —", "社区中心 0 0 —"]
    assert card.one("svg", class_="bar")["role"] == "img"


REFUSED = [
    ({"name": " "}, "wave_name"),
    ({"last_day": "2026-10-01"}, "wave_days"),
    ({"last_day": "2026-11-31"}, "wave_days"),
    ({"first_day": "yesterday"}, "wave_days"),
    ({"percent": "0"}, "wave_sample"),
    ({"percent": "101"}, "wave_sample"),
    ({"percent": "half"}, "wave_sample"),
    ({"percent": "NaN"}, "wave_sample"),
    ({"target": "-5"}, "wave_sample"),
    ({"contact_after": "2 h"}, "wave_window"),
    ({"window": "9999"}, "wave_window"),
    ({"kinds": []}, "wave_kinds"),
    ({"kinds": ["inpatient"]}, "wave_kinds"),
]


@pytest.mark.parametrize(("changes", "code"), REFUSED, ids=str)
def test_what_cannot_be_launched_is_said_beside_what_was_typed(hamlet, browse, changes, code):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    chen.opens("/surveys")
    chen.sends("/surveys/waves", change=fields(**changes))
    assert chen.status == 422
    details = {"limit": 60} if code == "wave_name" else {"kinds": "outpatient"} if code == "wave_kinds" else {}
    assert chen.page.one("p", role="alert").text == explain("zh", DomainError(code, **details))
    typed = chen.page.one("form", action="/surveys/waves")
    assert typed.one("input", name="last_day")["value"] == fields(**changes)["last_day"]
    assert hamlet.count(Wave) == 0


def test_a_share_with_decimals_and_a_target_are_understood(town, chen):
    chen.opens("/surveys")
    chen.sends("/surveys/waves", change=fields(percent="12.5 %", target="300", contact_after="2", window="14"))
    wave = town.one(Wave)
    assert (str(wave.fraction), wave.target, wave.contact_after_hours, wave.window_days) == ("1/8", 300, 2, 14)
    assert "每单位约 300 次" in chen.page.text
    assert "离院 2 小时后联系" in chen.page.text


def test_the_seed_is_shown_when_nobody_can_be_invited_any_more(town, browse):
    lively(town)
    with town.database.transaction() as session:
        end_wave(session, wave_id="w1", actor="person:chen", now=NOW)
    for days, shown in ((0, False), (41, False), (42, True)):
        town.now = NOW + days * DAY
        browser = signed_in(browse(town.site()), town, "gao")
        assert ("5eed" * 16 in browser.opens("/surveys/waves/w1").text) is shown


def test_a_wave_is_ended_once(town, chen):
    lively(town)
    chen.opens("/surveys/waves/w1")
    chen.sends("/surveys/waves/w1/end")
    assert "已结束" in chen.heading
    assert chen.page.every("form", action="/surveys/waves/w1/end") == []
    assert town.one(Wave).ended_at == NOW


def test_waves_that_do_not_exist_are_unknown(hamlet, browse):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    for name in ("w9", "x" * 500, "%00"):
        assert chen.get(f"/surveys/waves/{name}").status_code == 404


def test_months_can_be_looked_at_and_nonsense_is_refused(hamlet, browse):
    chen = signed_in(browse(lively(hamlet).site()), hamlet, "chen")
    assert "2026年10月" in chen.opens("/surveys?period=2026-10").one("h2", id="units").text
    assert chen.get("/surveys?period=soon").status_code == 422


def test_bars_add_up_whatever_the_counts():
    from surveys.fielding.progress import Progress
    from surveys.fielding.steps import DISPOSITIONS

    for counts in ([1] * 10, [1000, 1] + [0] * 8, [0] * 9 + [7], [3, 3, 3] + [0] * 7, [0] * 10):
        view = progress_view(Progress("jia", dict(zip(DISPOSITIONS, counts, strict=True))))
        assert sum(part.width for part in view.parts) == (1000 if sum(counts) else 0)
        assert [part.x for part in view.parts] == [
            sum(part.width for part in view.parts[:place]) for place in range(len(view.parts))
        ]
    assert progress_view(Progress("jia", dict.fromkeys(DISPOSITIONS, 0))).rate == "—"


# ── lists of visits ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_is_previewed_invited_and_given_back_with_links(town, li):
    page = sends_list(li)
    assert [each.text for each in page.one("dl").every("div")] == ["新邀请 2"]
    assert (town.count(Invitation), town.count(VisitList)) == (0, 1)
    path = li.path
    li.sends(f"{path}/invite")
    assert li.path == path
    assert town.count(Invitation) == 2
    token = li.page.one("form", action=f"{path}/links").one("input", name="csrf")["value"]
    response = li.post(f"{path}/links", {"csrf": token, "form": "csv"})
    assert response.headers["content-disposition"] == 'attachment; filename="links-jia-20261106.csv"'
    assert response.headers["cache-control"] == "no-store"
    rows = cells(response)
    assert rows[0] == ["visit", "kind", "discharged_at", "language", "link", "status", "send_from", "send_until"]
    assert [row[:4] + row[5:] for row in rows[1:]] == [
        ["V-1", "outpatient", "2026-11-03 10:00", "zh", "新邀请", "2026-11-06 11:30", "2026-12-15 10:00"],
        ["V-2", "outpatient", "2026-11-05 23:59", "en", "新邀请", "2026-11-07 23:59", "2026-12-17 23:59"],
    ]
    for row in rows[1:]:
        assert li.get(row[4].removeprefix(HERE)).status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(li.post(f"{path}/links", {"csrf": token, "form": "xlsx"}).content))
    again = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]
    assert [row[0] for row in again] == ["V-1", "V-2"]
    assert again[0][4] != rows[1][4]
    assert town.count(Ticket) == 4
    assert town.audited("invite_visit_list") == ["person:li"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_lists_are_read_as_spreadsheets_save_them(hamlet, browse, encoding):
    li = signed_in(browse(hamlet.site()), hamlet, "li")
    sends_list(li, LIST.replace("V-1", "门诊-1").encode(encoding))
    assert "门诊-1" in li.page.one("tbody").text


def test_a_workbook_is_read_too(hamlet, browse):
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in (line.split(",") for line in LIST.splitlines()):
        book.active.append(row)
    book.save(content)
    li = signed_in(browse(hamlet.site()), hamlet, "li")
    page = sends_list(li, content.getvalue())
    assert page.one("dl").text == "新邀请 2"


def test_every_bad_row_is_named_and_nobody_is_invited(hamlet, browse):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    before = hamlet.everything()
    page = sends_list(chen, LIST + "V-3,inpatient,2026-11-03,zh\nV-1,outpatient,2026-11-04,zh\nV-4,outpatient,x,fr\n")
    assert chen.status == 422
    faults = [each.text for each in page.one("section", id="faults").every("li")]
    assert faults == [
        f"第 4 行 kind {explain('zh', DomainError('kind_without_questionnaire', kind='inpatient'))}",
        f"第 5 行 visit {explain('zh', DomainError('visit_twice', first=2))}",
        f"第 6 行 discharged_at {explain('zh', DomainError('discharge_unreadable', value='x'))}",
        f"第 6 行 language {explain('zh', DomainError('invitation_language', value='fr'))}",
    ]
    assert hamlet.everything() == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "upload_missing"),
        ("visit,kind,discharged_at,language\n", "visits_missing"),
        (b"\xff\xff\xff", "table_encoding_unknown"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(hamlet, browse, content, code):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    page = sends_list(chen, content)
    assert chen.status == 422
    assert page.one("section", id="faults").one("li").text == f"整个文件 {explain('zh', DomainError(code))}"


def test_hostile_cells_are_shown_as_text(hamlet, browse):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    sends_list(chen, "visit,kind,discharged_at,language\n<script>alert(1)</script>,outpatient,2026-11-03,zh\n")
    assert chen.page.every("script") == []
    assert "<script>alert(1)</script>" in chen.page.one("tbody").text
    path = chen.path
    chen.sends(f"{path}/invite")
    sends_list(chen, "visit,kind,discharged_at,language\n=1+1,outpatient,2026-11-03,zh\n")
    path = chen.path
    chen.sends(f"{path}/invite")
    token = chen.page.one("form", action=f"{path}/links").one("input", name="csrf")["value"]
    assert cells(chen.post(f"{path}/links", {"csrf": token, "form": "csv"}))[1][0] == "'=1+1"
    book = openpyxl.load_workbook(io.BytesIO(chen.post(f"{path}/links", {"csrf": token, "form": "xlsx"}).content))
    assert (book.active["A2"].value, book.active["A2"].data_type) == ("=1+1", "s")


@pytest.mark.parametrize("person", ["wang", "gao", "sun", "he"])
def test_lists_of_other_units_and_of_lookers_on_are_refused_unread(hamlet, browse, person):
    browser = signed_in(browse(hamlet.site()), hamlet, person)
    token = browser.opens("/bulletins").one("footer").one("input", name="csrf")["value"]
    before = hamlet.everything()
    browser.request("POST", "/surveys/lists", data={"csrf": token, "unit": "jia"}, files={"list": ("x", b"PK\x03\x04")})
    assert browser.status == 403
    assert hamlet.everything() == before


def test_uploads_are_read_strictly(hamlet, browse):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    chen.opens("/units/jia/surveys")
    token = chen.page.one("form", action="/surveys/lists").one("input", name="csrf")["value"]
    data, files = {"csrf": token, "unit": "jia"}, {"list": ("x.csv", LIST.encode())}
    before = hamlet.everything()

    def status(**more):
        return chen.request("POST", "/surveys/lists", **({"data": data, "files": files} | more)).status_code

    assert status(data=data | {"csrf": "0" * 32}) == 403
    assert status(headers={"Sec-Fetch-Site": "cross-site"}) == 403
    assert status(data=data | {"person": "chen"}) == 422
    assert status(data=data | {"unit": "../jia"}) == 400
    assert status(data=data | {"unit": ["jia", "yi"]}) == 422
    assert status(files=[("list", ("a", b"x")), ("list", ("b", b"y"))]) in (400, 422)
    assert status(files={"other": ("x", b"x")}) == 422
    assert status(data=data | {"list": "text"}, files={"x": ("x", b"")}) in (400, 422)
    assert chen.post("/surveys/lists", data).status_code == 400
    assert (
        chen.request(
            "POST", "/surveys/lists", content=b"--x", headers={"Content-Type": "multipart/form-data"}
        ).status_code
        == 400
    )
    assert chen.request("POST", "/surveys/lists", content=b"nonsense", headers={
        "Content-Type": "multipart/form-data; boundary=x"}).status_code in (400, 403)  # fmt: skip
    assert status(files={"list": ("x.csv", b"x" * (LONGEST_UPLOAD + 1))}) == 413
    assert hamlet.everything() == before


def test_a_list_is_its_makers_and_gone_after_two_hours(town, browse, li):
    sends_list(li)
    path = li.path
    wang = signed_in(browse(town.site()), town, "wang")
    assert wang.get(path).status_code == 410
    chen = signed_in(browse(town.site()), town, "chen")
    assert chen.get(path).status_code == 200
    token = li.page.one("form", action=f"{path}/invite").one("input", name="csrf")["value"]
    town.now = NOW + timedelta(hours=2)
    assert li.post(f"{path}/invite", {"csrf": token}).status_code == 410
    assert li.heading == explain("zh", DomainError("visit_list_gone"))
    assert town.count(Invitation) == 0


def test_nothing_new_in_a_list_leaves_nothing_to_press(town, li):
    sends_list(li)
    li.sends(f"{li.path}/invite")
    page = sends_list(li)
    assert page.one("dl").text == "新邀请 0 已上报过 2"
    assert page.every("form", action=f"{li.path}/invite") == []


def test_a_list_in_a_wave_says_only_afterwards_who_was_drawn(town, li):
    lively(town)
    rows = "".join(f"W{n},outpatient,2026-11-03,zh\n" for n in range(20))
    page = sends_list(li, "visit,kind,discharged_at,language\n" + rows)
    assert page.one("dl").text == "新邀请 20"
    li.sends(f"{li.path}/invite")
    drawn, passed_over = (
        town.count(Invitation, Invitation.visit.like("W%")),
        town.count(UndrawnVisit, UndrawnVisit.visit.like("W%")),
    )
    assert drawn + passed_over == 20
    assert li.page.one("dl").text == f"新邀请 {drawn} 未抽中 {passed_over}"


def test_neither_the_file_nor_a_persons_reference_is_stored(town, li):
    content = (
        LIST.replace("language", "language,person").replace("zh\n", "zh,330106199901011234\n").replace("en\n", "en,\n")
    )
    sends_list(li, content)
    li.sends(f"{li.path}/invite")
    with town.database.transaction() as session:
        for table in Base.metadata.sorted_tables:
            assert "330106199901011234" not in str(session.execute(select(table)).all())


# ── contacts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_contacts_are_exported_once_with_links_and_the_time_to_send(town, li):
    lively(town)
    li.opens("/units/jia/surveys")
    due = li.page.one("section", **{"aria-labelledby": "contacts"})
    count = int(due.every("dd")[0].text)
    assert count == town.count(Invitation)
    token = due.one("form").one("input", name="csrf")["value"]
    response = li.post("/units/jia/surveys/contacts", {"csrf": token, "form": "csv"})
    assert response.headers["content-disposition"] == 'attachment; filename="contacts-jia-20261106.csv"'
    rows = cells(response)
    assert rows[0] == ["visit", "kind", "language", "occasion", "link", "send_from", "send_until"]
    assert len(rows) == count + 1
    assert {(row[3], row[5]) for row in rows[1:]} == {("首次联系", "2026-11-06 11:30")}
    assert li.get(rows[1][4].removeprefix(HERE)).status_code == 200
    li.opens("/units/jia/surveys")
    assert [each.text for each in li.page.one("section", **{"aria-labelledby": "contacts"}).every("dd")] == ["0", "0"]
    assert li.page.every("form", action="/units/jia/surveys/contacts") == []


def test_in_quiet_hours_the_file_says_to_wait(town, browse):
    lively(town)
    town.now = NOW.replace(hour=14)  # ten in the evening in Shanghai
    li = signed_in(browse(town.site()), town, "li")
    page = li.opens("/units/jia/surveys")
    assert "请在 2026-11-07 08:00 之后发送" in page.text
    token = page.one("form", action="/units/jia/surveys/contacts").one("input", name="csrf")["value"]
    rows = cells(li.post("/units/jia/surveys/contacts", {"csrf": token, "form": "csv"}))
    assert {row[5] for row in rows[1:]} == {"2026-11-07 08:00"}


# ── posters ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_poster_is_made_printed_scanned_and_taken_down(town, browse, li):
    li.opens("/units/jia/surveys")
    li.sends("/units/jia/surveys/posters", change={"department": "心内科", "kind": "outpatient"})
    poster = town.one(Poster)
    assert (poster.unit_code, poster.department, poster.kind) == ("jia", "心内科", "outpatient")
    response = li.get(f"/surveys/posters/{poster.code}.pdf")
    assert (response.headers["content-type"], response.content[:5]) == ("application/pdf", b"%PDF-")
    mei = browse(town.site())
    page = mei.opens(f"/p/{poster.code}")
    assert "人民医院 · 心内科" in page.text
    assert town.count(Invitation) == 0
    mei.sends(f"/p/{poster.code}")
    assert mei.path.startswith("/s/")
    assert mei.status == 200
    invitation = town.one(Invitation)
    assert (invitation.stream, invitation.unit_code, invitation.expires_at) == ("poster", "jia", NOW + DAY)
    li.opens("/units/jia/surveys")
    assert "打开 1（今天 1），完成 0" in li.page.text
    li.sends(f"/surveys/posters/{poster.code}/withdraw")
    assert mei.get(f"/p/{poster.code}").status_code == 410
    assert mei.post(f"/p/{poster.code}").status_code == 410
    assert town.count(Invitation) == 1


def test_looking_at_a_poster_makes_nothing_however_often(hamlet, browse):
    lively(hamlet)
    mei, before = browse(hamlet.site()), hamlet.everything()
    for _ in range(5):
        assert mei.get("/p/abcdefgh").status_code == 200
        assert mei.request("HEAD", "/p/abcdefgh").status_code == 200
    assert hamlet.everything() == before


def test_a_poster_speaks_the_readers_language(hamlet, browse):
    mei = browse(lively(hamlet).site(), **{"Accept-Language": "en-GB"})
    assert mei.opens("/p/abcdefgh").one("h1").text == "How was your visit?"
    mei.sends("/p/abcdefgh")
    assert hamlet.one(Invitation, Invitation.stream == "poster").language == "en"


def test_a_full_poster_and_a_busy_address_wait(hamlet, browse):
    lively(hamlet)
    with hamlet.database.transaction() as session:
        session.execute(Poster.__table__.update().values(daily_limit=2))
    mei = browse(hamlet.site())
    assert [mei.post("/p/abcdefgh").status_code for _ in range(4)] == [303, 303, 429, 429]
    assert mei.heading == explain("zh", DomainError("poster_full"))
    with hamlet.database.transaction() as session:
        session.execute(Poster.__table__.update().values(daily_limit=1000))
    busy = browse(hamlet.site())
    statuses = [busy.post("/p/abcdefgh").status_code for _ in range(35)]
    assert statuses == [303] * 30 + [429] * 5
    assert busy.heading == explain("zh", DomainError("too_many_attempts"))
    assert browse(hamlet.site(), address="192.0.2.9").post("/p/abcdefgh").status_code == 303


def test_posters_that_do_not_exist_are_unknown_and_foreign_forms_refused(hamlet, browse):
    mei = browse(lively(hamlet).site())
    for code in ("abcdefgj", "x", "%2e%2e", "abcdefgh%00"):
        assert mei.get(f"/p/{code}").status_code == 404, code
        assert mei.post(f"/p/{code}").status_code == 404, code
    assert mei.post("/p/abcdefgh", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert mei.post("/p/abcdefgh", {"stream": "visit"}).status_code == 422
    assert hamlet.count(Invitation, Invitation.stream == "poster") == 0


def test_a_department_that_cannot_be_printed_is_said_beside_the_field(hamlet, browse):
    li = signed_in(browse(hamlet.site()), hamlet, "li")
    li.opens("/units/jia/surveys")
    li.sends("/units/jia/surveys/posters", change={"department": "科" * 31, "kind": "outpatient"})
    assert li.status == 422
    assert li.page.one("p", role="alert").text == explain("zh", DomainError("department_name", limit=30))
    assert hamlet.count(Poster) == 0


# ── trying a questionnaire ─────────────────────────────────────────────────────────────────────────────────────────


def test_drafts_are_listed_and_tried_and_leave_nothing(town, chen, browse):
    with town.database.transaction() as session:
        apply_questionnaire(session, document=outpatient_document() | {"version": "2", "is_draft": True}, now=NOW)
    page = chen.opens("/surveys/questionnaires")
    assert [each.text for each in page.every("span", class_="mark")] == ["草稿", "在用：outpatient"]
    draft = next(form for form in page.every("form", action="/surveys/questionnaires/tests")
                 if form.one("input", name="questionnaire")["value"] == "outpatient:2")  # fmt: skip
    token = draft.one("input", name="csrf")["value"]
    chen.post("/surveys/questionnaires/tests", {"csrf": token, "questionnaire": "outpatient:2", "language": "zh"})
    address = chen.page.one("input", id="f-page")["value"]
    ticket = address.removeprefix(f"{HERE}/s/")
    assert chen.page.one("input", id="f-chat")["value"] == f"https://t.me/tongping_bot?start={ticket}"
    assert (town.one(Invitation).stream, town.one(Invitation).questionnaire_version) == ("test", "2")
    mei = browse(town.site())
    mei.opens(f"/s/{ticket}")
    assert mei.status == 200
    town.now = NOW + DAY
    assert mei.get(f"/s/{ticket}").status_code == 410
    assert town.count(Response) == 0


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"questionnaire": "outpatient:9", "language": "zh"}, 404),
        ({"questionnaire": "outpatient", "language": "zh"}, 400),
        ({"questionnaire": "outpatient:1", "language": "fr"}, 422),
        ({"questionnaire": "outpatient:1", "language": ""}, 422),
    ],
)
def test_what_cannot_be_tried_is_refused(hamlet, browse, form, status):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    token = chen.opens("/surveys/questionnaires").one("footer").one("input", name="csrf")["value"]
    assert chen.post("/surveys/questionnaires/tests", form | {"csrf": token}).status_code == status
    assert hamlet.count(Invitation) == 0
