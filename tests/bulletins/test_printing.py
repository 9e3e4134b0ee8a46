"""The printed edition: its pages as text, its typefaces, its sameness; hostile names and many units on paper."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from fractions import Fraction

import pytest
import typst
from PIL import Image
from pypdf import PdfReader

from bulletins import printing
from bulletins.parts import StoryTold
from bulletins.printing import print_edition, typeset
from tests.bulletins.print_samples import full_group
from tests.bulletins.samples import season, tier, unit_row
from tests.bulletins.test_charts import HOSTILE, named

A4 = (595, 842)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def words(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(pdf).pages)


def fonts(reader: PdfReader) -> dict[str, bool]:
    """Every typeface by name, and whether it is in the file."""
    found = {}
    for page in reader.pages:
        for each in page["/Resources"].get("/Font", {}).values():
            font = each.get_object()
            [inner] = font["/DescendantFonts"]
            descriptor = inner.get_object()["/FontDescriptor"].get_object()
            found[str(font["/BaseFont"])] = any(f"/FontFile{kind}" in descriptor for kind in ("", "2", "3"))
    return found


@pytest.fixture(scope="module")
def prints():
    content = full_group(note="更正了下转率。", corrects=1, edition=2)
    return {language: print_edition(content, language) for language in ("zh", "en")}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_are_a4_numbered_and_carry_their_own_type(prints, language):
    reader = read(prints[language])
    assert {tuple(round(float(side)) for side in page.mediabox[2:]) for page in reader.pages} == {A4}
    total = len(reader.pages)
    for number, page in enumerate(reader.pages, start=1):
        said = re.sub(r"\s+", "", page.extract_text())
        assert (f"第{number}页共{total}页" if language == "zh" else f"page{number}of{total}") in said
    used = fonts(reader)
    assert all(used.values())
    assert {re.sub(r"^/[A-Z]{6}\+|-Identity-H$", "", name) for name in used} == {
        "NotoSansCJKsc-Regular",
        "NotoSerifCJKsc-Regular",
    }
    assert not {"/CreationDate", "/ModDate"} & set(reader.metadata)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # tagged, for those who listen to it
    assert str(reader.trailer["/Root"]["/Lang"])[:2] == language


def test_everything_is_text_that_can_be_searched(prints):
    content = full_group()
    found = re.sub(r"\s+", "", words(prints["zh"]))
    for each in content.tiers:
        for row in each.units:
            assert found.count(row.name["zh"]) >= 3  # ranking, heat table, satisfaction
    for said in (
        "某市医疗集团（示例）", "强基层，促健康，降成本。", "本版取代第1版。", "更正了下转率。", "86.39", "84.64–87.89",
        "协同之星", "王芳", "母亲出院以后", "下转率", "不足5份，不公布", "0123456789ab", "2026年10月协同简报（第2版，更正）",
    ):  # fmt: skip
        assert said in found, said
    assert "Every Thursday two of us" in words(prints["zh"]).replace("\n", " ")


def test_charts_have_words_for_those_who_do_not_see_them(prints):
    alternatives = re.findall(rb"/Alt", b"".join(_streams(prints["zh"])))
    assert len(alternatives) >= 26 + 2  # a panel for every unit, a chart for each series


def _streams(pdf: bytes):
    reader = read(pdf)
    for number in range(1, len(reader.xref_objStm) + len(reader.xref.get(0, {})) + 1):
        yield repr(reader.get_object(number)).encode() if _is_there(reader, number) else b""


def _is_there(reader: PdfReader, number: int) -> bool:
    return number in reader.xref_objStm or number in reader.xref.get(0, {})


def test_a_table_repeats_its_head_on_every_page():
    rows = [unit_row(f"u{n}", f"单位{n}", f"Unit {n}", Fraction(90 - n % 40), n) for n in range(1, 121)]
    pages = [
        page.extract_text()
        for page in read(print_edition(season(tier("a", "甲层", "A", *rows), history=()), "zh")).pages
    ]
    with_rows = [page for page in pages if page.count("单位") > 10]
    assert len(with_rows) >= 4
    assert all(("得分" in page and "95% 区间" in page) or "90% 区间" in page for page in with_rows)


def test_the_same_content_gives_the_same_bytes_and_another_another(prints):
    content = full_group(note="更正了下转率。", corrects=1, edition=2)
    assert print_edition(content, "zh") == prints["zh"] != prints["en"]
    assert print_edition(replace(content, note="更正了别的。"), "zh") != prints["zh"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_edition_with_hardly_anything_is_printed(language):
    for content in (
        season(history=()),
        season(tier("a", "甲", "A", unit_row("u1", "一", "One", None, None, "no_total"))),
    ):
        assert len(read(print_edition(replace(content, aims={}), language)).pages) <= 2


def test_hostile_words_stay_words():
    """All of them in one edition: nothing becomes markup, nothing stops the press, nothing is a box."""
    tiers = []
    group = full_group()
    for number, name in enumerate(
        [*HOSTILE, "#panic()", "*bold* _x_ `y` $z$ @ref <label> \\ // /* */ = h", "\ue000\ue001"]
    ):
        small = named(group, name).tiers[1]
        tiers.append(replace(small, code=f"t{number}", units=small.units[:1]))
    told = '#eval("1") [x] ' + "W" * 400 + "\u202e\n\n\x07" + "长" * 300
    story = StoryTold("patient", {"zh": "#x", "en": "#x"}, told, "*me*", "zh")
    said = words(
        print_edition(full_group(tiers=tuple(tiers), stories=(story,), note="#note", corrects=1, edition=2), "zh")
    )
    joined = re.sub(r"[\s\u200b]+", "", said)
    for each in (
        "<script>alert(1)</script>",
        "#panic()",
        "*bold*_x_`y`$z$@ref<label>",
        '#eval("1")[x]',
        "*me*",
        "W" * 200,
    ):
        assert each in joined, each
    assert "\u202e" not in said


def test_no_line_runs_over_the_edge_of_the_paper():
    long = named(full_group(), "W" * 120)
    for page in typeset(replace(long, tiers=long.tiers[:2], stories=()), "en", "png"):
        picture = Image.open(io.BytesIO(page)).convert("RGB")
        margin = picture.crop((picture.width - 40, 0, picture.width, picture.height)).getcolors(10)
        assert margin == [(40 * picture.height, (255, 255, 255))]


def test_a_warning_of_the_typesetter_is_a_failure(monkeypatch, tmp_path):
    source = tmp_path / "edition.typ"
    source.write_text('#set text(font: "No Such Typeface")\nwords', encoding="utf-8")
    monkeypatch.setattr(printing, "_SOURCE", source)
    with pytest.raises(RuntimeError, match="the typesetter warns"):
        print_edition(season(), "zh")
    source.write_text('#panic("no")', encoding="utf-8")
    with pytest.raises(typst.TypstError):
        print_edition(season(), "zh")
