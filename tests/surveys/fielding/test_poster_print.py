"""The printed poster: one page, the words in both languages, a code that leads where it says; hostile names are words."""

from __future__ import annotations

import json
from typing import Any

import pytest
import segno

from locales.errors import DomainError
from surveys.fielding import poster_print
from surveys.fielding.poster_print import PNG, poster_words, print_poster
from surveys.fielding.poster_program import qr_code, set_poster

URL = "https://pingjia.example.org/p/k7mz3wqa"


def words(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "url": URL, "unit_name": {"zh": "市人民医院", "en": "City People's Hospital"}, "department": "心内科",
        "consortium_name": {"zh": "医疗集团", "en": "Medical Group"},
    }  # fmt: skip
    return poster_words(**(values | changes))


def test_a_poster_is_one_page_of_pdf_and_always_the_same():
    made = print_poster(words())
    assert made.startswith(b"%PDF-")
    assert made == print_poster(words())


def test_a_poster_says_everything_in_both_languages_and_shows_no_scheme():
    said = words()
    assert said["address"] == "pingjia.example.org/p/k7mz3wqa"
    assert said["title"] == "市人民医院 · 心内科"
    assert set(said["voluntary"]) == {"zh", "en"}
    assert "自愿" in said["voluntary"]["zh"]
    assert "voluntary" in said["voluntary"]["en"]
    assert words(department="")["title"] == "市人民医院"


NAMES = [
    "院" * 80,
    "W" * 80,
    '#let x = 1 \\ $ * _ <a> @b "q" {0} %s',
    "#panic() [ ] // */ #import",
    "😀 \u202e مستشفى",
    "x",
]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_unit_is_called_it_fits_one_page(name):
    said = words(unit_name={"zh": name, "en": name}, department=name[:30], consortium_name={"zh": name, "en": name})
    assert print_poster(said, form=PNG).startswith(b"\x89PNG")


def test_the_code_is_that_of_the_address():
    drawn = qr_code(URL)
    assert drawn.startswith("<svg")
    assert segno.make(URL, error="q", micro=False).matrix == segno.make(words()["url"], error="q", micro=False).matrix
    assert qr_code(URL + "x") != drawn


def test_the_program_reads_words_and_nothing_else():
    made = set_poster(json.dumps(words()).encode(), ["pdf"])
    assert list(made) == ["pages"]
    assert len(made["pages"]) == 1


def test_a_poster_that_cannot_be_set_is_said_to_be_so(monkeypatch):
    monkeypatch.setattr(poster_print, "read_confined", lambda *_, **__: (None, "reading_too_slow"))
    with pytest.raises(DomainError) as refused:
        print_poster(words())
    assert refused.value.code == "poster_not_printed"
