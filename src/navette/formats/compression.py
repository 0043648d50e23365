"""Ways to compress a text file as it is written, each in threads of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from backports.zstd import CompressionParameter, ZstdFile
from isal import igzip_threaded

_THREADS = 2


@dataclass(frozen=True)
class Compression:
    """``extension`` follows the file's own; ``around`` gives a sink that compresses into another until it is closed."""

    name: str
    extension: str
    around: Callable[[BinaryIO], BinaryIO]


def _gzip(sink: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, igzip_threaded.open(sink, "wb", compresslevel=1, threads=_THREADS))  # type: ignore[no-untyped-call]


def _zstd(sink: BinaryIO) -> BinaryIO:
    options: dict[int, int] = {CompressionParameter.compression_level: 1, CompressionParameter.nb_workers: _THREADS}
    file = ZstdFile(cast(Any, sink), "w", options=options)
    file.write(b"")  # else a file of nothing would have no frame, and the program zstd refuses it
    return cast(BinaryIO, file)


COMPRESSIONS = {one.name: one for one in (Compression("gzip", "gz", _gzip), Compression("zstd", "zst", _zstd))}
