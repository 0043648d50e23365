"""Fixtures of all tests: settings in a fresh folder, a store, and the reference material where it is at hand."""

from pathlib import Path

import pytest

from navette.core.settings import Settings
from navette.store import Store

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "var", threads=2)


@pytest.fixture
def store(settings):
    return Store(settings.store)


@pytest.fixture(scope="session")
def reference():
    """The folder of the public reference; a test that needs it is skipped, and says so, where it is absent."""
    folder = SHARED / "reference"
    if not folder.is_dir():
        pytest.skip(f"SKIPPED LOUDLY: no reference material at {folder}")
    return folder
