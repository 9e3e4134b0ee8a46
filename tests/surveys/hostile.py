"""Strings that have hurt somebody: each once, with why it is here."""

from __future__ import annotations

HOSTILE = (
    "\x00",  # NUL: SQLite keeps it, PostgreSQL refuses it
    "a\x00b",
    "\ud800",  # half a surrogate pair
    "好\udfff",
    "\u202egnp.exe",  # turns the line around
    "\u2066a\u2069\u202a\u202b\u202c\u202d",
    "\ufeffbyte order mark",
    "\ufffe\uffff\U0001fffe\ufdd0",  # noncharacters
    "e\x00\u0301",  # a control that keeps letter and accent apart
    "e\u0301",  # the accent as a mark of its own
    "\u1100\u1161\u11a8",  # Hangul letters that become one syllable
    "Z\u0351\u036b\u0343\u032a\u0302\u036b" * 20,  # marks piled up
    "\u200b\u200d\u2060",  # nothing to see
    "\u3164\u2800\u115f",  # letters that show nothing
    "\u3000 \u00a0\t\r\n",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "ﷺ﷽",
    "<script>alert(1)</script>",
    "'; drop table answer; --",
    "=cmd|' /C calc'!A0",  # a formula in a spreadsheet
    "{name} {{7*7}} %s %(x)s ${x}",  # templates of five engines
    "../../etc/passwd",
    "\r\n.\r\nQUIT\r\n",
    "\u2028\u2029\x85\x0b\x0c",  # line ends few expect
    "1e999 NaN -Infinity 0x7fffffff",
    "۱۲۳ ١٢٣ 一二三",
    "\U0010ffff\U000e0001",
    "\x1b[2J\x9b31m",  # a terminal obeys it
    "null undefined None true",
    " ",
    "",
)
