"""The templates themselves: every text they name exists, nothing is marked safe that a person wrote."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import web
from locales.texts import LANGUAGES, catalogue, placeholders
from web.pages import environment

FOLDER = Path(web.__file__ or web.__path__[0]).parent if web.__file__ else Path(web.__path__[0])
TEMPLATES = sorted((FOLDER / "templates").glob("*.j2"))
CODE = sorted(FOLDER.glob("*.py"))
STATIC = sorted((FOLDER / "static").iterdir())
KEY = re.compile(r"""['"]((?:web|bot|bulletins|evaluation|reviews|consortium|surveys)\.[a-z0-9_.-]+)['"]""")


@pytest.mark.parametrize("path", [*TEMPLATES, *CODE], ids=lambda path: path.name)
def test_every_text_that_is_named_exists_in_both_languages(path):
    for key in KEY.findall(path.read_text(encoding="utf-8")):
        if key.rpartition(".")[2] in ("j2", "css", "js", "svg"):
            continue
        for language in LANGUAGES:
            texts = catalogue(language)
            is_there = key in texts or (key.endswith(".") and any(each.startswith(key) for each in texts))
            assert is_there, f"{key} in {language}"


def test_texts_are_the_same_in_both_languages_and_all_are_used():
    zh, en = catalogue("zh", "web"), catalogue("en", "web")
    assert set(zh) == set(en)
    assert {key for key in zh if placeholders(zh[key]) != placeholders(en[key])} == set()
    written = "".join(path.read_text(encoding="utf-8") for path in [*TEMPLATES, *CODE])
    begun = tuple(re.findall(r"'(web\.[a-z_.]+\.)'", written))
    unused = [
        key for key in zh if f"'{key}'" not in written and f'"{key}"' not in written and not key.startswith(begun)
    ]
    assert unused == []


def test_only_our_own_literals_are_marked_safe():
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        marked = re.findall(r"(\S+)\|safe", source)
        assert all(re.fullmatch(r"""(aria|class)[a-z-]*="[a-z -]+"'""", each) for each in marked), (path.name, marked)
        assert "autoescape" not in source


def test_templates_hold_no_words_of_their_own():
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8").replace("{% block body_class %}landing{% endblock %}", "")
        source = source.replace("{% block body_class %}simulator{% endblock %}", "")
        source = source.replace("{% block body_class %}survey{% endblock %}", "")
        source = source.replace("{% block body_class %}year{% endblock %}", "")
        source = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", source, flags=re.DOTALL)
        source = re.sub(r"<[^>]*>", " ", source)
        assert set(re.findall(r"[A-Za-z]{3,}|[\u4e00-\u9fff]+", source)) <= {"评", "doctype", "html"}, path.name


def test_environment_escapes_and_refuses_unknown_names():
    made = environment()
    assert made.from_string("{{ x }}").render(x="<b>'\"&") == "&lt;b&gt;&#39;&#34;&amp;"
    with pytest.raises(Exception, match="undefined"):
        made.from_string("{{ nothing }}").render()


def test_nothing_is_fetched_from_elsewhere():
    for path in [*TEMPLATES, *STATIC]:
        source = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.findall(r"""(?:src|href|url|import|action)\s*[=(]?\s*["']?(?:https?:)?//""", source), path.name


def test_scripts_never_read_words_as_markup():
    for path in STATIC:
        if path.suffix == ".js":
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text("utf-8")
            )
