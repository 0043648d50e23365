"""Files of rows, opened as bytes whether compressed or not."""

import gzip
from pathlib import Path
from typing import BinaryIO, cast


def opened(path: Path) -> BinaryIO:
    """The file's bytes, decompressed where its name ends with .gz."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.name.lower().endswith(".gz") else path.open("rb")
