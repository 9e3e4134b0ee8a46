"""`docs/errors.md` as the catalogues have it. `python -m tests.app.error_page` writes it anew."""

from __future__ import annotations

from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "errors.md"

HEAD = """# Error codes

What the product says when something cannot be taken: the code is for programs and stays, the sentence is for people. With `--json` and in the API a refusal is
`{"error": {"code", "message", "details"}}`; `{names}` in a sentence are filled from the details. The page is made from the catalogues: `python -m tests.app.error_page`.

"""


def page() -> str:
    """The whole page: a table for each catalogue, in the order of the folders' names."""
    parts = [HEAD]
    for path in sorted((ROOT / "locales" / "zh").glob("errors_*.po")):
        chinese, english = _entries(path), _entries(ROOT / "locales" / "en" / path.name)
        rows = [f"| `{code}` | {_cell(chinese[code])} | {_cell(english.get(code, ''))} |" for code in sorted(chinese)]
        parts.append(
            "\n".join(
                [f"## {path.stem.removeprefix('errors_')}\n", "| code | 中文 | English |", "|---|---|---|", *rows, "\n"]
            )
        )
    return "".join(parts).rstrip() + "\n"


def _entries(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return {str(entry.id).removeprefix("errors."): str(entry.string) for entry in read_po(file) if entry.id}


def _cell(sentence: str) -> str:
    return sentence.replace("{{", "{").replace("}}", "}").replace("|", "\\|").replace("\n", "<br>")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
