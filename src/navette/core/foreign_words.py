"""The words of other programs, fit to be shown."""

from navette.core.file_names import UNSEEN
from navette.core.messages import Message, message

_LONGEST_REASON = 300


def one_line(text: str) -> str:
    """The text without what could end a line or a header, or hide what is written; single spaces between words."""
    return " ".join(part for part in UNSEEN.sub(" ", text).split(" ") if part)


def answered(words: bytes | str) -> Message:
    """What the other side said, quoted: its words are in whatever language it speaks."""
    return message("it answered '{words}'", words=reason_of(words))


def reason_of(answer: bytes | str) -> str:
    """What the other side said, fit to be shown: one line, shortened."""
    text = one_line(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"
