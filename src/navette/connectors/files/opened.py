"""Files of rows, opened as bytes whether compressed or not."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from navette.core.errors import RequestError

ROW_BYTES = 16 * 2**20
"""The most that one row of a text file may have: what is read stays bounded, however much a file unpacks to."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, decompressed where its name ends with .gz. Raises RequestError where they are UTF-16 or UTF-32.

    Without a byte order mark these are known by the zeros in their first characters, as JSON's readers know them.
    """
    with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
        encoding = json.detect_encoding(file.read(4))
        if not encoding.startswith("utf-8"):
            raise RequestError(f"{path.name} is {encoding[:6].upper()}: save it as UTF-8.")
        file.seek(0)
        yield cast(BinaryIO, file)
