"""A file of a package, with everything that its descriptions contain."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from navette.catalogue.exports import EXPORTS
from navette.core.columns import OutputColumn
from navette.core.errors import RequestError
from navette.exporting.prepare import Produced


@dataclass(frozen=True)
class Resource:
    """One BI file: ``path`` is relative to the package's folder, ``key`` names the columns that identify a row."""

    name: str
    path: str
    title: str
    description: str
    columns: tuple[OutputColumn, ...]
    key: tuple[str, ...]
    rows: int
    bytes: int
    sha256: str
    is_gzipped: bool

    @property
    def is_one_column(self) -> bool:
        """Whether null is ``""`` in the file, as the format writes it if a row is one cell."""
        return len(self.columns) == 1


def resource(folder: Path, produced: Produced, words: Callable[[str], str]) -> Resource:
    """The description of a file for a package in ``folder``. Raises RequestError if packages cannot contain it."""
    if not produced.format.packageable or (produced.compression and not produced.compression.packageable):
        raise RequestError(
            "readers of data packages open BI files, plain or compressed with gzip: {name} is neither.",
            name=produced.path.name,
        )
    export = EXPORTS[produced.request.export]
    return Resource(
        name=export.name.lower(),
        path=produced.path.relative_to(folder).as_posix(),
        title=words(export.label),
        description=words(export.description),
        columns=produced.query.columns,
        key=produced.query.key,
        rows=produced.rows,
        bytes=produced.bytes,
        sha256=produced.sha256,
        is_gzipped=produced.compression is not None,
    )
