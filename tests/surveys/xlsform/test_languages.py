"""Languages as authors write them above a column."""

from __future__ import annotations

import pytest

from surveys.xlsform.languages import language_tag


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("English (en)", "en"),
        ("Chinese (zh)", "zh"),
        ("中文 (zh-hans-cn)", "zh-Hans-CN"),
        ("Français (fr_CA)", "fr-CA"),
        ("anything at all (sw)", "sw"),
        ("en", "en"),
        ("EN", "en"),
        ("zh_cn", "zh-CN"),
        ("English", "en"),
        ("english ", "en"),
        ("中文", "zh"),
        ("简体中文", "zh-Hans"),
        ("Français", "fr"),
        ("Español", "es"),
        ("Swahili", "sw"),
        ("default", "und"),
    ],
)
def test_a_language_that_is_recognised_has_its_tag(written, tag):
    assert language_tag(written) == tag


@pytest.mark.parametrize(
    "written", ["", "Klingonish", "English (British English)", "x", "q9", "label", "English (e)", "(en) x"]
)
def test_what_is_not_recognised_has_none(written):
    assert language_tag(written) is None
