"""Deletion vectors: which rows of a data file are deleted, as the table's log says it (Delta's inline vectors)."""

import base64
import json
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyarrow.parquet import ParquetFile
from pyroaring import BitMap64

# Python's base 85 has the same digits in the same order of bytes as Z85, written with other characters.
_PYTHON = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_TO_Z85, _FROM_Z85 = bytes.maketrans(_PYTHON, _Z85), bytes.maketrans(_Z85, _PYTHON)

# The number with which the portable form of a vector begins.
_MAGIC = struct.pack("<I", 1681511377)

_CHECKPOINT = re.compile(r"[0-9]{20}\.checkpoint\.parquet")


@dataclass(frozen=True)
class Vector:
    """The deleted rows of one file: ``text`` as in the log, its ``size`` in bytes before encoding, how many rows."""

    text: str
    size: int
    count: int

    @classmethod
    def of(cls, rows: Iterable[int]) -> "Vector":
        """The vector of some rows' numbers."""
        bitmap = BitMap64(rows)
        content = _MAGIC + bitmap.serialize()
        padded = content + bytes(-len(content) % 4)
        return cls(base64.b85encode(padded).translate(_TO_Z85).decode(), len(content), len(bitmap))

    @property
    def rows(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The numbers of the deleted rows, sorted. Raises ValueError if ``text`` is not a vector of ``count`` rows."""
        content = base64.b85decode(self.text.encode().translate(_FROM_Z85))[: self.size]
        if not content.startswith(_MAGIC) or len(content) <= len(_MAGIC):
            raise ValueError
        bitmap = BitMap64.deserialize(content[len(_MAGIC) :])
        if len(bitmap) != self.count:
            raise ValueError
        return np.frombuffer(bitmap.to_array(), np.uint64).astype(np.int64)

    @property
    def descriptor(self) -> dict[str, object]:
        """The vector as the log describes it, which also tells it apart from another of the same file."""
        return {"storageType": "i", "pathOrInlineDv": self.text, "sizeInBytes": self.size, "cardinality": self.count}


class UnreadableVectorError(Exception):
    """A vector is stored in a file of its own, as other writers do."""


def vectors(log: Path, version: int) -> dict[str, Vector]:
    """The vector of each file (by its path in the log) that has one in that version of the table.

    Raises UnreadableVectorError, or OSError if a part of the log is missing.
    """
    checkpoint = max((number for number, _ in checkpoints(log) if number <= version), default=-1)
    found = dict(_of_checkpoint(log, checkpoint)) if checkpoint >= 0 else {}
    for number in range(checkpoint + 1, version + 1):
        added: dict[str, Any] = {}
        for action in actions(log, number):
            if "remove" in action:
                found.pop(action["remove"]["path"], None)
            elif "add" in action:
                added[action["add"]["path"]] = action["add"].get("deletionVector")
        found |= {path: _vector(descriptor) for path, descriptor in added.items() if descriptor}
    return found


def actions(log: Path, version: int) -> Iterator[dict[str, Any]]:
    """The actions of one commit."""
    with (log / f"{version:020}.json").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def checkpoints(log: Path) -> Iterator[tuple[int, Path]]:
    """The checkpoints of a log, each with its version."""
    found = (path for path in log.glob("*.checkpoint.parquet") if _CHECKPOINT.fullmatch(path.name))
    return ((int(path.name.split(".")[0]), path) for path in found)


def _of_checkpoint(log: Path, version: int) -> Iterator[tuple[str, Vector]]:
    checkpoint = ParquetFile(log / f"{version:020}.checkpoint.parquet")
    added = checkpoint.read(columns=["add.path", "add.deletionVector"])["add"].combine_chunks()
    marked = added.filter(added.field("deletionVector").is_valid())
    for action in marked.to_pylist():
        yield action["path"], _vector(action["deletionVector"])


def _vector(descriptor: dict[str, Any]) -> Vector:
    if descriptor["storageType"] != "i":
        raise UnreadableVectorError
    return Vector(descriptor["pathOrInlineDv"], descriptor["sizeInBytes"], descriptor["cardinality"])
