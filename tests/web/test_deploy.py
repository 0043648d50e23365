"""Django's own check of what a production installation must have."""

import os
import subprocess
import sys
from pathlib import Path


def test_a_production_installation_passes_djangos_checks(tmp_path: Path) -> None:
    variables = {
        "NAVETTE_HOME": str(tmp_path),
        "NAVETTE_URL": "https://navette.example.org",
        "NAVETTE_TRUSTED_PROXIES": "1",
        "DJANGO_SETTINGS_MODULE": "navette.site.settings",
    }
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=os.environ | variables, check=False, capture_output=True, encoding="utf-8")
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr


def test_no_model_lacks_its_migration(tmp_path: Path) -> None:
    variables = {"NAVETTE_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "navette.site.settings"}
    command = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(command, env=os.environ | variables, check=False, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
