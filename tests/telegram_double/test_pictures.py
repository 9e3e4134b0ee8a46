"""Telling pictures from other bytes."""

from __future__ import annotations

import pytest

from tests.telegram_double.conftest import PIXEL
from tests.telegram_double.pictures import size

_APP0 = b"\xff\xe0\x00\x04JF"
_TABLE = b"\xff\xc4\x00\x03x"  # looks like a frame and is none
_FRAME = b"\xff\xc2\x00\x0b\x08\x01\x02\x03\x04\x01\x00"


def test_png_and_jpeg_show_their_size() -> None:
    assert size(PIXEL) == (1, 1)
    assert size(b"\xff\xd8" + _APP0 + _TABLE + _FRAME) == (0x0304, 0x0102)


@pytest.mark.parametrize("content", [b"", b"GIF89a", PIXEL[:20], b"\xff\xd8\xff", b"\xff\xd8" + _APP0, b"<svg/>"])
def test_anything_else_is_no_picture(content: bytes) -> None:
    assert size(content) is None
