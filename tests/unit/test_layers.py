"""Who may write the control database, and who may name a class by a string: found by reading the code."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import navette

PACKAGE = Path(navette.__file__).parent

WRITES = {
    *("save", "create", "update", "delete", "get_or_create", "update_or_create", "bulk_create", "bulk_update"),
    *("asave", "acreate", "aupdate", "adelete", "aget_or_create", "aupdate_or_create", "abulk_create", "abulk_update"),
}
"""The methods with which Django's models and managers write."""

RECORDS = {"record"}
"""What writes the audit log."""


def written(source: str) -> list[str]:
    """The calls in the source that write a model or the audit log.

    A dictionary's ``update`` is given another dictionary, a query's only names.
    """
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [ast.unparse(call) for call in calls if _writes(call, service_modules(tree))]


def service_modules(tree: ast.Module) -> set[str]:
    """The names under which the source imports modules of services: their ``save`` or ``delete`` is none of a model."""
    imports = (
        node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "navette.services"
    )
    return {name.asname or name.name for node in imports for name in node.names}


def _writes(call: ast.Call, services: set[str]) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id in RECORDS
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES | RECORDS:
        return False
    if call.func.attr == "update" and call.args:
        return False
    return not (isinstance(call.func.value, ast.Name) and call.func.value.id in services)


@pytest.mark.parametrize(
    "source",
    [
        "run.save()",
        "form.save()",
        "Run.objects.filter(pk=1).update(state='done')",
        "User.objects.create(name='x')",
        "Extension.objects.get_or_create(name='x')",
        "task.slots.all().delete()",
        "roles.delete()",
        "Run.objects.bulk_create(runs)",
        "record('session.created', actor)",
        "journal.record('session.created', actor)",
    ],
)
def test_a_call_that_writes_is_found(source: str) -> None:
    assert written(source) == [source]


@pytest.mark.parametrize(
    "source",
    [
        "fields.update({'a': 1})",
        "from navette.services import roles\nroles.delete(actor, role)",
        "Run.objects.get(pk=1)",
    ],
)
def test_a_call_that_writes_nothing_is_not(source: str) -> None:
    assert written(source) == []


@pytest.mark.parametrize("layer", ["web", "cli"])
def test_pages_and_commands_write_no_model_and_no_event(layer: str) -> None:
    files = sorted((PACKAGE / layer).rglob("*.py"))
    assert files
    assert {path.name: calls for path in files if (calls := written(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize("layer", ["web", "cli"])
def test_no_variable_hides_a_module_of_services(layer: str) -> None:
    """What such a variable writes would not be found."""
    for path in (PACKAGE / layer).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assigned = {
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        others = {
            name.asname or name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module != "navette.services")
            for name in node.names
        }
        assert service_modules(tree) & (assigned | arguments | others) == set(), path


def forbidden_modules(contract: str) -> set[str]:
    """What a contract of ``pyproject.toml`` forbids to import."""
    tools = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contracts = {one["name"]: one for one in tools["importlinter"]["contracts"]}
    return set(contracts[contract]["forbidden_modules"])


@pytest.mark.parametrize("layer", ["automation", "control", "work"])
def test_pages_and_commands_may_import_no_module_below_services_that_writes(layer: str) -> None:
    """But models, whose methods the tests above look for, and what else they reach only through services."""
    files = [path for path in (PACKAGE / layer).rglob("*.py") if not {"models", "migrations"} & set(path.parts)]
    writing = [path for path in files if written(path.read_text(encoding="utf-8"))]
    names = {".".join(["navette", *path.relative_to(PACKAGE).with_suffix("").parts]) for path in writing}
    assert names
    assert names - forbidden_modules("What changes anything goes through services") == set()


MAIL = re.compile(r"^(from|import) (smtplib|django\.core\.mail)\b", re.MULTILINE)


def test_only_the_destination_e_mail_talks_to_a_mail_server() -> None:
    """Every mail is a delivery of the outbox."""
    talking = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if MAIL.search(path.read_text("utf-8"))}
    assert {path.parent.as_posix() for path in talking} == {"destinations/email"}


LAYERS = (
    ("cli",),
    ("site",),
    ("web",),
    ("services",),
    ("work",),
    ("automation",),
    ("wording",),
    ("control",),
    ("exporting", "ingesting"),
    ("engines", "formats", "connectors", "catalogue", "destinations"),
    ("store", "demo"),
    ("tables",),
    ("core",),
)
"""The layers of ``pyproject.toml``, from top to bottom."""

RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

NAMED = re.compile(r"navette((\.[a-z_]+)+)(:\w+|\.[A-Z]\w+)?")


def named_above(path: Path) -> Iterator[str]:
    """The modules above a file's layer that it names in a string, which no import contract sees."""
    layer = path.relative_to(PACKAGE).parts[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        found = NAMED.fullmatch(text)
        if found and RANK.get(found[1].split(".")[1], len(LAYERS)) < RANK[layer]:
            yield text


def test_nothing_but_the_site_names_a_module_above_it_by_a_string() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE and path.parent.name != "site"]
    assert {path.name: names for path in files if (names := list(named_above(path)))} == {}


def test_a_string_that_names_a_module_above_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.PACKAGE", tmp_path)
    (tmp_path / "destinations").mkdir()
    path = tmp_path / "destinations" / "email.py"
    path.write_text('backend = "navette.web.forms.Renderer"\nown = "navette.core.files"\n', encoding="utf-8")
    assert list(named_above(path)) == ["navette.web.forms.Renderer"]


def test_the_layers_are_those_of_the_packages() -> None:
    packages = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert packages == RANK.keys()
    assert all(find_spec(f"navette.{name}") for name in RANK)
