"""A JSON array in a file, element by element, with one block of the file and one element in memory."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from navette.connectors.files.opened import ROW_BYTES
from navette.core.errors import RequestError

BLOCK_BYTES = 2**16
BLANKS = re.compile(r"[ \t\r\n]*")

# It only looks for the end of an element; the reader of rows reports what is wrong inside.
_FINDER = json.JSONDecoder(parse_int=str, parse_float=str)


def is_array(file: BinaryIO) -> bool:
    """Whether the file is an array, and not lines of which the first is one. The file stays at its start."""
    head = file.read(BLOCK_BYTES).removeprefix(codecs.BOM_UTF8).lstrip()
    file.seek(0)
    first, _, following = head.partition(b"\n")
    return head.startswith(b"[") and not (following.strip() and _is_json(first))


def elements(file: BinaryIO, name: str) -> Iterator[str]:
    """Yield the text of each element; bytes that are not UTF-8 are encoded by ``surrogateescape``.

    Raises RequestError, with the file's ``name``, if an element has no end and the rest cannot be read.
    """
    window = _Window(file)
    window.skip()
    number = 0
    while window.mark() != "]":
        number += 1
        element = window.element()
        if element is None:
            raise RequestError(
                "{name}: element {number} of its array is not JSON, is cut off or has more than {most} MB; it "
                "and everything after it were not read.",
                name=name,
                number=number,
                most=ROW_BYTES // 2**20,
            )
        yield element
        if window.mark() == ",":
            window.skip()
        elif window.mark() != "]":
            raise RequestError(
                "{name}: a comma is missing after element {number}; the rest was not read.", name=name, number=number
            )
    window.skip()
    if window.mark():
        raise RequestError("{name}: the text after the end of its array was not read.", name=name)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class _Window:
    """The text of a file, with only the part being read in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._text, self._position = "", 0

    def mark(self) -> str:
        """The next character that is not blank, without moving past it; empty at the end of the file."""
        while True:
            blanks = BLANKS.match(self._text, self._position)
            self._position = blanks.end() if blanks else self._position
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._more():
                return ""

    def skip(self) -> None:
        """Move past the next character that is not blank."""
        self.mark()
        self._position += 1

    def element(self) -> str | None:
        """The next JSON value, or None if none ends within the bytes that a row can have."""
        ended = False
        while True:
            end = self._end()
            if end is not None and (ended or end < len(self._text)):  # else a number might continue in the next block
                return self._take(end) if end - self._position <= ROW_BYTES else None
            if ended or len(self._text) - self._position > ROW_BYTES:
                return None
            ended = not self._more()

    def _take(self, end: int) -> str:
        element, self._position = self._text[self._position : end], end
        return element

    def _end(self) -> int | None:
        try:
            return _FINDER.raw_decode(self._text, self._position)[1]
        except (ValueError, RecursionError):
            return None

    def _more(self) -> bool:
        """Read as much again as is being examined, so that a long element is not restarted too often."""
        block = self._file.read(max(BLOCK_BYTES, len(self._text) - self._position))
        self._text = self._text[self._position :] + self._decoder.decode(block, final=not block)
        self._position = 0
        return bool(block)
