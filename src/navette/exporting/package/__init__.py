"""The data package: files beside BI files with which programs load them, with each column's type and meaning."""

import json
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from navette.core.files import complete_file
from navette.exporting.package.data_package import data_package
from navette.exporting.package.duckdb_script import duckdb_script
from navette.exporting.package.postgresql_script import postgresql_script
from navette.exporting.package.power_query import power_query
from navette.exporting.package.resource import Resource, resource
from navette.exporting.prepare import Produced

PARTS: dict[str, Callable[[Sequence[Resource]], str]] = {
    "datapackage.json": data_package,
    "load-duckdb.sql": duckdb_script,
    "load-postgresql.sql": postgresql_script,
    "load-power-query.pq": power_query,
}
"""The files of a package, and the function that writes each one's text."""


def write_package(folder: Path, produced: Sequence[Produced], words: Callable[[str], str] = str) -> list[Path]:
    """Write the package for BI files in ``folder``, and return the paths of its own files.

    ``words`` translates the exports' titles and descriptions, as it did those of the columns. A package that was there
    is replaced. Raises RequestError for a file that is no CSV or is compressed with anything but gzip, before anything
    is written.
    """
    resources = [resource(folder, file, words) for file in produced]
    texts = {folder / name: write(resources) for name, write in PARTS.items()}
    for path, text in texts.items():
        with complete_file(path) as file:
            file.write(text.encode())
    return list(texts)


def remove_outdated_package(folder: Path, files: Collection[str]) -> None:
    """Remove a package that describes any of ``files``, which are about to be replaced."""
    try:
        described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
        outdated = any(resource["path"] in files for resource in described)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return  # none, or not one of ours
    if outdated:
        for name in PARTS:
            (folder / name).unlink(missing_ok=True)


__all__ = ["PARTS", "Resource", "remove_outdated_package", "write_package"]
