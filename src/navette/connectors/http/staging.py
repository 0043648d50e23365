"""Answers of a source, kept compressed on disk until their rows are merged.

A sync that was killed asks in the same order again, and gets what was answered before from here. So does one whose
mapping has changed.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from backports import zstd

from navette.connectors.http.client import Answer

Request = Mapping[str, Any]
"""What was asked for, as JSON can hold it."""


@dataclass
class Sequence:
    """Requests that one thread sends one after the other, always in the same order."""

    folder: Path
    _count: int = field(default=0, init=False)

    def answer(self, request: Request, ask: Callable[[], Answer]) -> Answer:
        """The answer to the next request: a stored one, or else what ``ask`` returns.

        If another request was stored in its place, it and those after it are forgotten.
        """
        path = self.folder / f"{self._count:08}.json.zst"
        self._count += 1
        stored = _read(path)
        if stored is not None and stored[0] == request:
            return stored[1]
        if stored is not None:
            self._forget_from(path)
        answer = ask()
        _write(path, request, answer)
        return answer

    def _forget_from(self, path: Path) -> None:
        # The last ones first: what is left is always a beginning.
        for later in sorted(self.folder.glob("*.json.zst"), reverse=True):
            if later.name >= path.name:
                later.unlink()


@dataclass(frozen=True)
class Staging:
    """The stored answers of one collection, in a folder of its own."""

    folder: Path

    def sequence(self, name: str = "list") -> Sequence:
        """The sequence of that name, from its beginning. Names are of letters, digits and hyphens."""
        return Sequence(self.folder / name)

    def answers(self) -> Iterator[Answer]:
        """All stored answers, sequence by sequence, in their order."""
        for path in sorted(self.folder.rglob("*.json.zst")):
            stored = _read(path)
            if stored is not None:
                yield stored[1]

    def clear(self) -> None:
        """Forget all answers, as their rows are merged."""
        if self.folder.exists():
            # Under another name first: a process that is killed here leaves all of them, or none.
            gone = self.folder.with_name(f"{self.folder.name}.merged")
            shutil.rmtree(gone, ignore_errors=True)
            self.folder.rename(gone)
            shutil.rmtree(gone)


def _write(path: Path, request: Request, answer: Answer) -> None:
    head = json.dumps({"request": request, "at": answer.at.isoformat()}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".part")
    written.write_bytes(zstd.compress(head + b"\n" + answer.content))
    written.rename(path)


def _read(path: Path) -> tuple[Request, Answer] | None:
    """What is stored there; None if there is nothing that can be read, as after a power failure."""
    try:
        head, _, content = zstd.decompress(path.read_bytes()).partition(b"\n")
        stored = json.loads(head)
        return stored["request"], Answer(json.loads(content), content, datetime.fromisoformat(stored["at"]))
    except (FileNotFoundError, zstd.ZstdError, ValueError, KeyError):
        return None
