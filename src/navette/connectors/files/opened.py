"""Files of rows, opened as bytes whether compressed or not."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from navette.core.errors import RequestError

ROW_BYTES = 16 * 2**20
"""Most bytes of one row in a text file, so that memory stays limited, however much a file unpacks to."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, decompressed if its name ends with .gz. Raises RequestError if they are UTF-16 or UTF-32.

    Without a byte order mark, these are detected by the zeros in their first characters, as in readers of JSON.
    """
    with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
        encoding = json.detect_encoding(file.read(4))
        if not encoding.startswith("utf-8"):
            raise RequestError("{name} is {encoding}: save it as UTF-8.", name=path.name, encoding=encoding[:6].upper())
        file.seek(0)
        yield cast(BinaryIO, file)
