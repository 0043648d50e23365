"""Fixtures of all tests: settings in a fresh folder, a store, and the reference material where it is at hand."""

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

from navette.connectors import DemoDomain
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.ingesting.load import load
from navette.site.start import start_django
from navette.store import Store

SHARED = Path(__file__).parents[2] / "shared"
HOME = tempfile.TemporaryDirectory(prefix="navette-tests-")


def start_django_at(home: str) -> None:
    """Start Django as an installation in that folder; the variable is gone before tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAVETTE_HOME", home)
        start_django()


# However busy the machine is, an example may take its time; --hypothesis-profile, which comes later, prevails.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

# Here, and not in a hook: the folders' own conftest.py import models.
start_django_at(HOME.name)


def pytest_unconfigure() -> None:
    HOME.cleanup()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where all programs and material are to be there, a test that misses one has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") and "SKIPPED LOUDLY" in str(call.excinfo):
        report.outcome, report.longrepr = "failed", str(call.excinfo)
    return report


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "var", threads=2)


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings.store)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of the public reference; a test that needs it is skipped, and says so, where it is absent."""
    folder = SHARED / "reference"
    if not folder.is_dir():
        pytest.skip(f"SKIPPED LOUDLY: no reference material at {folder}")
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an installation with a small demo domain loaded. Tests only read it."""
    settings = Settings(home=tmp_path_factory.mktemp("demo"), threads=2)
    load(DemoDomain(messages=3000, seed=7), Store(settings.store))
    return settings


@pytest.fixture(scope="session")
def engine(demo: Settings) -> DuckDBEngine:
    """The engine over the demo domain."""
    return DuckDBEngine(Store(demo.store).snapshot(), demo)
