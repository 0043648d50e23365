"""The documentation is true: generated pages are up to date, links lead somewhere, commands run as shown."""

import ast
import re
import shlex
from pathlib import Path
from typing import Any, cast

import pytest
import typer.main
from django.utils.translation import gettext, override
from typer.core import TyperGroup
from typer.testing import CliRunner

from navette.cli.main import app
from navette.connectors import ConversationsFile
from navette.control.permissions import PERMISSIONS, ROLES_AT_SETUP
from navette.core.errors import NavetteError
from navette.core.settings import Settings
from navette.ingesting.load import load
from navette.store import Store

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src" / "navette"
CONSOLE = {"en": ROOT / "docs" / "console.md", "fr": ROOT / "docs" / "console.fr.md"}
CONVERSATIONS = ROOT.parent / "shared" / "data" / "customer-care-conversations.json"
# What lies in hidden folders and in the state's is not ours.
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part[0] == "." or part == "var" for part in path.relative_to(ROOT).parts)
)


def named(path: Path) -> Any:
    return str(path.relative_to(ROOT))


def without_code(text: str) -> Any:
    return re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> Any:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: Path) -> Any:
    return re.findall(r"\]\((?!https?:)([^)\s]+)\)", without_code(page.read_text(encoding="utf-8")))


@pytest.fixture
def generate(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module that writes the generated pages."""
    monkeypatch.syspath_prepend(ROOT)
    from docs import generate  # noqa: PLC0415 # docs/ is no part of the package

    return generate


def test_generated_pages_are_up_to_date(generate: Any) -> None:
    written = {name: (generate.FOLDER / name).read_text(encoding="utf-8") for name in generate.PAGES}
    outdated = [name for name, write in generate.PAGES.items() if written[name] != write()]
    assert outdated == [], "run: make docs"


def test_generated_tables_keep_no_break_spaces(generate: Any) -> None:
    from docs.generators.markdown import table  # noqa: PLC0415 # docs/ is no part of the package

    assert table(["nom"], [["une clé\u00a0:\n  deux mots"]]).endswith("| une clé\u00a0: deux mots |")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            targets = [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if link[0] != "#"]
            found = [path for target in targets for path in (target.glob("*.md") if target.is_dir() else [target])]
            waiting += [path for path in found if path.suffix == ".md"]
    assert [named(page) for page in PAGES if page not in reached] == []


def blocks(page: Path, language: str) -> Any:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def shown(page: Path) -> Any:
    """The navette commands in a page's shell blocks, without comments."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [re.sub(r" +#.*", "", line) for line in lines if line.startswith("navette ")]


# These set an installation up, or go on until they are ended: other tests run them.
OF_A_SERVER = ("navette init", "navette serve", "navette web", "navette worker")
SHOWN = list(dict.fromkeys(command for page in PAGES for command in shown(page)))


def sessions(page: Path) -> Any:
    """The commands in a page's console blocks, each with the output that it shows."""
    parts = [part for block in blocks(page, "console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [tuple(part.split("\n", 1)) for part in parts]


def output_of(command: str) -> Any:
    """What a command prints, and its exit code."""
    result = CliRunner().invoke(app, shlex.split(command)[1:])
    if isinstance(result.exception, NavetteError):
        return f"error: {result.exception}\n", result.exception.exit_code
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output, result.exit_code


def comparable(text: str) -> Any:
    """Without what differs from run to run: times to the hundredth of a second, and how wide columns are."""
    return re.sub(r" +", " ", re.sub(r" \d+\.\d\d\b", " 0.00", text)).replace(" \n", "\n")


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty folder to run commands in, with the files that the pages name."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "conversations.json").symlink_to(ROOT / "tests/unit/data/conversations/awkward.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", [command for command in SHOWN if not command.startswith(OF_A_SERVER)])
def test_every_command_shown_runs(
    command: str, demo: Settings, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a page loads goes to a store of its own: others read the demo domain.
    changes = command.startswith(("navette load", "navette store"))
    monkeypatch.setenv("NAVETTE_HOME", str(workplace / "var" if changes else demo.home))
    printed, code = output_of(command)
    assert (code, printed if code else "") == (0, "")


@pytest.mark.parametrize("command", [command for command in SHOWN if command.startswith(OF_A_SERVER)])
def test_every_command_of_a_server_shown_has_options_that_exist(command: str) -> None:
    name, *arguments = shlex.split(command)[1:]
    cast(TyperGroup, typer.main.get_command(app)).commands[name].make_context(
        name, arguments
    )  # raises UsageError for an unknown one


@pytest.fixture(scope="session")
def conversations(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The home of an installation with the real conversations; a test of them is skipped where they are not at hand."""
    if not CONVERSATIONS.is_file():
        pytest.skip(f"SKIPPED LOUDLY: no conversations at {CONVERSATIONS}")
    home = tmp_path_factory.mktemp("conversations")
    load(ConversationsFile(CONVERSATIONS), Store(home / "store"))
    return home


@pytest.mark.parametrize("page", [page for page in PAGES if sessions(page)], ids=named)
def test_output_is_shown_as_it_is(
    page: Path, conversations: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAVETTE_HOME", str(conversations))
    for command, expected in sessions(page):
        printed, _ = output_of(command)
        assert comparable(printed) == comparable(expected)


def table_rows(page: Path, first: str) -> Any:
    """The rows of the table whose first title that is, without titles and rule."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first} |"))
    end = next(number for number, line in enumerate(lines) if number > start and not line.startswith("|"))
    return lines[start + 2 : end]


@pytest.mark.parametrize(("language", "title"), [("en", "permission"), ("fr", "autorisation")])
def test_the_documented_permissions_are_those_of_the_code(language: str, title: str) -> None:
    with override(language):
        expected = [
            f"| {one.label} | `{one.name}` | {one.help} | "
            + " | ".join("✓" if one.name in permitted else "" for permitted in ROLES_AT_SETUP.values())
            + " |"
            for one in PERMISSIONS.values()
        ]
        roles = " | ".join(map(gettext, ROLES_AT_SETUP))
    assert table_rows(CONSOLE[language], title) == [re.sub(r" {2,}", " ", line) for line in expected]
    assert f" | {roles} |" in CONSOLE[language].read_text(encoding="utf-8")


def recorded() -> Any:
    """The names of the events that the code records in the journal."""
    calls = [
        node
        for path in CODE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("record", "_record", "_journal")
    ]
    texts = [
        part.value for call in calls for one in call.args for part in ast.walk(one) if isinstance(part, ast.Constant)
    ]
    return {text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}


@pytest.mark.parametrize(("language", "title"), [("en", "event"), ("fr", "événement")])
def test_the_documented_events_are_those_that_are_recorded(language: str, title: str) -> None:
    told = {
        name for row in table_rows(CONSOLE[language], title) for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    }
    assert told == recorded()
