"""What the server makes of HTML and entities, and how it counts."""

from __future__ import annotations

import pytest

from tests.telegram_double.formatting import Formatted, format_text, parse_html, tidy, utf16_length
from tests.telegram_double.refusals import Refusal


def refusal(text: str, mode: str = "HTML", entities: object = None) -> str:
    with pytest.raises(Refusal) as caught:
        format_text(text, mode, entities)
    return caught.value.description.removeprefix("Bad Request: ").removeprefix("can't parse entities: ")


def test_utf16_length_counts_a_pair_as_two() -> None:
    assert [utf16_length(text) for text in ("", "好", "a好", "👍", "𠮷")] == [0, 1, 2, 2, 2]


def test_html_becomes_text_with_entities_in_utf16_units() -> None:
    formatted = parse_html("👍 <b>很<i>好</i></b> &lt;&amp;&#x4f60;&#22909;")
    assert formatted.text == "👍 很好 <&你好"
    assert formatted.entities == (
        {"type": "bold", "offset": 3, "length": 2},
        {"type": "italic", "offset": 4, "length": 1},
    )


def test_html_attributes_make_links_code_and_spoilers() -> None:
    formatted = parse_html(
        '<a href="https://example.org/?a=1&amp;b=2">x</a><code class="language-py">y</code>'
        '<span class="tg-spoiler">z</span><blockquote expandable>q</blockquote>'
    )
    assert formatted.text == "xyzq"
    assert [entity["type"] for entity in formatted.entities] == [
        "text_link",
        "code",
        "spoiler",
        "expandable_blockquote",
    ]
    assert formatted.entities[0]["url"] == "https://example.org/?a=1&b=2"


def test_a_link_that_leads_nowhere_stays_plain_text() -> None:
    assert parse_html('<a href="nowhere">x</a>') == Formatted("x")


def test_tags_are_read_in_any_case_and_may_close_without_a_name() -> None:
    assert parse_html("<B>x</>").entities == ({"type": "bold", "offset": 0, "length": 1},)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("好<br>", 'Unsupported start tag "br" at byte offset 3'),
        ("好 < 5", "Unsupported start tag"),
        ("x<", "Unclosed start tag at byte offset 1"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b class", 'Expected equal sign in declaration of an attribute of the tag "b" at byte offset 0'),
        ("<a href='x", "Unclosed start tag at byte offset 0"),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ("<a =x>z</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji emoji-id='x'>y</tg-emoji>", "Invalid custom emoji identifier specified"),
        ("甲 & 乙", "Unsupported or unescaped character reference at byte offset 4"),
        ("&nbsp;", "Unsupported or unescaped character reference at byte offset 0"),
        ("&#0;", "Unsupported or unescaped character reference at byte offset 0"),
        ("&#55357;", "Text contains invalid Unicode characters after decoding HTML entities"),
    ],
)
def test_bad_html_is_refused_in_telegrams_words(source: str, sentence: str) -> None:
    assert refusal(source).startswith(sentence)


def test_a_parse_mode_the_double_does_not_speak_is_refused() -> None:
    assert refusal("*x*", "MarkdownV2") == "unsupported parse_mode"


def test_half_a_surrogate_pair_is_refused() -> None:
    assert refusal("\ud83d", "") == "strings must be encoded in UTF-8"


def test_without_a_parse_mode_tags_are_text() -> None:
    assert format_text("<b>&", "", None) == Formatted("<b>&")


@pytest.mark.parametrize(
    "entity",
    [
        {"type": "loud", "offset": 0, "length": 1},
        {"type": "bold", "offset": -1, "length": 1},
        {"type": "bold", "offset": 0, "length": 0},
        {"type": "bold", "offset": 1, "length": 2},
        "bold",
    ],
)
def test_entities_must_lie_inside_the_text(entity: object) -> None:
    assert "entity" in refusal("好x", "", [entity])


def test_white_space_around_is_dropped_and_entities_move() -> None:
    spaced = Formatted(" \r\n好\tx \n", ({"type": "bold", "offset": 0, "length": 5},))
    assert tidy(spaced) == Formatted("好 x", ({"type": "bold", "offset": 0, "length": 2},))


def test_an_entity_of_white_space_only_disappears() -> None:
    assert format_text("<b> </b>x", "HTML", None) == Formatted("x")
