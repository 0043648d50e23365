"""The SHA-256 of every export of the demo domain in every format: ``python -m benchmarks.export_digests NAVETTE``.

``NAVETTE`` is the command of the installation to look at, as in ``.venv/bin/navette``. Two versions write the same
bytes if the two outputs are equal:

    python -m benchmarks.export_digests .venv/bin/navette > after
    diff before after
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FORMATS = ("bi", "excel", "xlsx", "parquet", "jsonl")
VARIANTS = {
    "default": (),
    "all fields, French, Paris": ("--all-fields", "--locale", "fr", "--timezone", "Europe/Paris"),
    "a quarter in seconds": ("--from", "2025-04-01", "--to", "2025-06-30", "--seconds"),
}


def main(navette: str) -> None:
    """Print one line per file: its digest, variant, format and name."""
    command = str(Path(navette).absolute())
    with tempfile.TemporaryDirectory(prefix="navette-digests-") as name:
        folder = Path(name)
        env = {**os.environ, "NAVETTE_HOME": str(folder / "home"), "NAVETTE_TIMEZONE": "UTC"}
        _run([command, "load", "demo", "--messages", "20000", "--seed", "7", "--until", "2025-12-31"], env)
        for variant, options in VARIANTS.items():
            for form in FORMATS:
                output = folder / variant / form
                _run([command, "export", "--all", "--format", form, "--output", str(output), *options], env)
                _print_digests(output, f"{variant}\t{form}")


def _run(command: list[str], env: dict[str, str]) -> None:
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)


def _print_digests(folder: Path, label: str) -> None:
    for path in sorted(folder.iterdir()):
        if path.name != "manifest.json":  # contains the time of writing
            with path.open("rb") as file:
                print(f"{hashlib.file_digest(file, 'sha256').hexdigest()}\t{label}\t{path.name}")


if __name__ == "__main__":
    main(sys.argv[1])
