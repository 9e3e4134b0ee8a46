"""Where the two typefaces lie: Noto Sans for text and pictures, Noto Serif for headings in print. PURE.

Their package is looked up and not imported: importing it changes settings of the drawing library. Nothing of the
system's own fonts is ever used, so that every machine draws the same.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

SANS, SERIF = "NotoSansCJKsc-Regular.otf", "NotoSerifCJKsc-Regular.otf"


def typeface_folder() -> Path:
    """The folder with both files; RuntimeError where the package that brings them is missing."""
    spec = importlib.util.find_spec("mplfonts")
    if spec is None or not spec.submodule_search_locations:
        msg = "the package mplfonts, which carries the typefaces, is not installed"
        raise RuntimeError(msg)
    return Path(spec.submodule_search_locations[0]) / "fonts"


def typeface_file(name: str) -> Path:
    """The file of a typeface."""
    return typeface_folder() / name
