"""The pages name everything there is: settings, commands, options, keys, columns, error codes; and their links lead somewhere."""

from __future__ import annotations

import configparser
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from app.example_folder import EXAMPLE, QUESTIONNAIRE_FOLDER
from app.settings import SECRETS, SETTINGS
from consortium.definition import CHANNELS, TIERS
from consortium.permissions import ROLES
from evaluation.readings import COLUMNS as READING_COLUMNS
from reviews.cooperation import COLUMNS as COOPERATION_COLUMNS
from scheduler.timetable import JOB_NAMES
from surveys.definition import parse_questionnaire
from surveys.structure import OPERATORS
from tests.app.commands_listed import commands
from tests.app.error_page import PAGE, ROOT, page
from tests.app.keys_asked import keys_of_consortium, keys_of_questionnaire, keys_of_schedule

PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
VARIABLES = [f"TONGPING_{name}" for name in SETTINGS] + [f"TONGPING_{name}_FILE" for name in SECRETS]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def configuration_page() -> str:
    return read(ROOT / "docs" / "configuration.md")


def without(names: object, text: str) -> list[str]:
    """Those of the names that the text does not give as code."""
    return [name for name in names if not re.search(rf"`{re.escape(name)}[`= ]", text)]  # type: ignore[attr-defined]


def test_every_setting_is_in_the_reference() -> None:
    assert without(VARIABLES, configuration_page()) == []


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_setting_is_in_the_readme(readme: Path) -> None:
    assert without([f"TONGPING_{name}" for name in SETTINGS], read(readme)) == []
    assert "_FILE" in read(readme)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_command_with_its_options_is_in_the_readme(readme: Path) -> None:
    text = read(readme)
    assert without([f"tongping {' '.join(command)}" for command in commands()], text) == []
    rows = {row.split("`")[1]: row for row in text.splitlines() if row.startswith("| `tongping ")}
    for command, options in commands().items():
        row = next(row for shown, row in rows.items() if shown.startswith(f"tongping {' '.join(command)}"))
        assert [option for option in options if option not in row and option != "--json"] == [], command


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_no_command_is_invented_in_the_readme(readme: Path) -> None:
    known = {" ".join(command) for command in commands()} | {command[0] for command in commands()}
    for called in re.findall(r"`(?:\$ )?tongping ([a-z][a-z -]*[a-z])", read(readme)):
        words = called.split()
        assert " ".join(words[:2]) in known or words[0] in known, called


def test_every_key_is_in_the_reference() -> None:
    keys = keys_of_consortium() | keys_of_questionnaire() | keys_of_schedule()
    assert len(keys) > 50
    assert without(sorted(keys), configuration_page()) == []


@pytest.mark.parametrize(
    "words",
    [ROLES, TIERS, CHANNELS, JOB_NAMES, OPERATORS, READING_COLUMNS, COOPERATION_COLUMNS],
    ids=lambda words: words[0],
)
def test_every_word_of_a_choice_is_in_the_reference(words: tuple[str, ...]) -> None:
    text = configuration_page()
    assert [word for word in words if f"`{word}`" not in text and f'"{word}"' not in text] == []


@pytest.mark.parametrize(
    ("file", "keys"),
    [(EXAMPLE / "consortium.toml", keys_of_consortium()), (EXAMPLE / "schedule.toml", keys_of_schedule()),
     (QUESTIONNAIRE_FOLDER / "outpatient.toml", keys_of_questionnaire())],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)  # fmt: skip
def test_init_writes_every_key_that_exists(file: Path, keys: set[str]) -> None:
    """As a key or, where the example has no use for it, in the comment that explains the table."""
    names = {key.rpartition(".")[2] for key in keys}
    text = read(file)
    shown = r"^\W*{0}\b(?: =|\s+[^\s=]|,)|^#.*\b{0}\b|[{{ ]{0} =|^\[{0}\]$"
    assert [name for name in sorted(names) if not re.search(shown.format(name), text, re.MULTILINE)] == []


@pytest.mark.parametrize(
    "file", [*EXAMPLE.glob("*.toml"), *QUESTIONNAIRE_FOLDER.glob("*.toml")], ids=lambda path: path.name
)
def test_example_speaks_two_languages_in_its_comments(file: Path) -> None:
    comments = "\n".join(line.partition("#")[2] for line in read(file).splitlines() if "#" in line)
    assert re.search(r"[\u4e00-\u9fff]", comments)
    assert re.search(r"[a-z]{4,} [a-z]{2,}", comments)


def test_questionnaire_of_the_reference_is_sound() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", configuration_page(), re.DOTALL)
    block = next(block for block in blocks if "[[questions]]" in block)
    questionnaire, findings = parse_questionnaire(tomllib.loads(block, parse_float=Decimal), file="page")
    assert findings == []
    assert questionnaire is not None
    assert [question.id for question in questionnaire.questions] == ["plan", "missing"]


def test_error_page_is_what_the_catalogues_say() -> None:
    """`python -m tests.app.error_page` writes it anew."""
    assert read(PAGE) == page()


def test_error_page_has_both_languages_for_every_code() -> None:
    rows = [row.split(" | ") for row in page().splitlines() if row.startswith("| `")]
    assert len(rows) > 200
    assert [row[0] for row in rows if len(row) != 3 or not all(cell.strip(" |") for cell in row)] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", read(path)) + re.findall(r'(?:src|href)="([^"]+)"', read(path)):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), target


def anchors(path: Path) -> set[str]:
    """The places of a page that can be linked to: headings as GitHub names them, and named anchors."""
    text = read(path)
    named = set(re.findall(r'<a id="([^"]+)"', text))
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    plain = (re.sub(r"\[([^]]+)]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower() for heading in headings)
    return named | {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_pictures_of_the_readme_are_small(readme: Path) -> None:
    pictures = re.findall(r'docs/images/[^)"\s]+', read(readme))
    assert len(pictures) >= 2
    for picture in pictures:
        content = (ROOT / picture).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < 250 * 1024, picture


def test_unit_of_systemd_starts_and_stops_what_there_is() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "deploy" / "tongping.service", encoding="utf-8")
    service = unit["Service"]
    assert service["ExecStart"].endswith("/tongping serve")
    assert (service["KillSignal"], service["RestartPreventExitStatus"], service["UMask"]) == ("SIGTERM", "2", "0077")


@pytest.mark.parametrize(
    "path", [*PAGES, *sorted((ROOT / "deploy").iterdir())], ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_setting_is_invented(path: Path) -> None:
    named = set(re.findall(r"TONGPING_[A-Z_]*[A-Z]", read(path)))
    assert named - set(VARIABLES) - {"TONGPING_TESTS_FORBID_SKIPS"} == set()
