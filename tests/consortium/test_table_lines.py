from __future__ import annotations

import csv

import pytest

from consortium.table_lines import filled_rows, undecodable_line


def test_rows_come_with_the_line_on_which_they_begin():
    table = b'\xef\xbb\xbfa,b\r\n"1\n2",3\n\n , \n4,5'
    assert list(filled_rows(table)) == [(1, ["a", "b"]), (2, ["1\n2", "3"]), (6, ["4", "5"])]
    assert list(filled_rows(b"")) == []


def test_what_is_no_table_or_no_text_is_raised():
    with pytest.raises(csv.Error):
        list(filled_rows(b'a,"b'))
    with pytest.raises(UnicodeDecodeError):
        list(filled_rows(b"a,b\n\xff,1"))


def test_the_line_of_the_first_byte_that_is_none_is_named():
    assert undecodable_line(b"a,b\n1,2\n\xff,3\n\xff") == 3
    assert undecodable_line(b"a,b") == 1
