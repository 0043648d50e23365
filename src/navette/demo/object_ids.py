"""Identifiers in the form of MongoDB's ObjectId: the second of creation, five bytes of the table, a counter."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pyarrow as pa

from navette.demo.draw import Ints

_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype=np.uint16)


def object_ids(seed: int, kind: str, seconds: Ints, serial: Ints) -> pa.Array:
    """The identifiers of rows of one kind, created at ``seconds`` (Unix) with consecutive serial numbers.

    Unique unless 16 million rows of one kind are created in one second.
    """
    count = len(seconds)
    raw = np.empty((count, 12), dtype=np.uint8)
    raw[:, :4] = seconds.astype(">u4").view(np.uint8).reshape(count, 4)
    raw[:, 4:9] = np.frombuffer(sha256(f"{seed}:{kind}".encode()).digest()[:5], dtype=np.uint8)
    raw[:, 9:] = (serial & 0xFFFFFF).astype(">u4").view(np.uint8).reshape(count, 4)[:, 1:]
    offsets = np.arange(0, 24 * count + 1, 24, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(_HEX[raw].tobytes()))


def few_object_ids(seed: int, kind: str, seconds: Sequence[int]) -> list[str]:
    """The identifiers of a configuration's records, as Python strings."""
    when = np.array(seconds, dtype=np.int64)
    ids: list[str] = object_ids(seed, kind, when, np.arange(len(when))).to_pylist()
    return ids
