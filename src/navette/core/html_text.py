"""The text of HTML as a browser shows and copies it: that of ``innerText`` in a document without style sheets.

The parser follows the HTML standard, so any mark-up, valid or not, means what it means to browsers. The rules for the
text follow the standard too (https://html.spec.whatwg.org/multipage/dom.html#the-innertext-idl-attribute).
"""

import re
from collections import Counter
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Elements that no browser shows. Text that appears only after a click, as in <details>, counts as text.
_HIDDEN = _names(
    "area audio base canvas datalist head iframe link meta meter noembed noframes object param progress rp script "
    "source style template textarea title track video"
)

# Elements that start and end a line.
_BLOCKS = _names(
    "address article aside blockquote caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol optgroup option p "
    "plaintext pre search section summary table ul xmp"
)

_CELLS = frozenset({"td", "th"})

# Elements that count as a word in a line, without having text.
_IMAGES = frozenset({"embed", "img", "input"})

_KEEPING_SPACE = frozenset({"listing", "plaintext", "pre", "xmp"})
_SPACE = re.compile("[ \t\n\r\f]+")

# The parts of inline styles that decide whether there is text; style sheets are not read.
_NOT_SHOWN = re.compile(r"(?:^|;)\s*display\s*:\s*none\b", re.IGNORECASE)
_SPACE_KEPT = re.compile(r"(?:^|;)\s*white-space\s*:\s*(pre\b(?!-line)|pre-wrap|break-spaces)", re.IGNORECASE)
_SHOWN_AS_BLOCK = re.compile(r"(?:^|;)\s*display\s*:\s*(block|flex|grid|list-item|table)\b(?!-)", re.IGNORECASE)
_STYLED = re.compile(r"display|white-space|hidden", re.IGNORECASE)

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)

# Elements that have no content, or that end where another of their kind starts.
_NEVER_DEEPER = _names(
    "area base br caption col colgroup dd dt embed hr img input li link meta optgroup option p param rp rt source "
    "tbody td tfoot th thead tr track wbr"
)

_DEEPEST = 512
"""Most nested elements, as in browsers: the parser's time grows with the square of the depth."""


def html_text(html: str) -> str:
    """The text of a document, or of a part of one."""
    text, is_styled = _Text(), _STYLED.search(html) is not None
    for piece in _pieces(html):
        if (body := LexborHTMLParser(piece).body) is not None:
            for step in _steps(body, is_styled):
                text.add(step)
    return str(text)


_Step = tuple[LexborNode, bool, int, bool]
"""A text, or an element as it opens or closes: the node, whether it opens, how many line breaks separate it, and
whether its spaces and line breaks are preserved."""


class _Text:
    """The text so far, and what separates it from the next word: line breaks or a space."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0
        self._space = False
        self._line_begins = True

    def __str__(self) -> str:
        return "".join(self._parts)

    def add(self, step: _Step) -> None:
        node, opens, breaks, preserves_space = step
        tag = node.tag
        if tag == "-text":
            self._texts(node.text_content or "", preserves_space)
        elif breaks:
            self._line_break(breaks)
        elif tag == "br" and opens:
            self._append("\n", line_begins=True)
        elif tag in _CELLS or tag == "tr":
            self._line_break(0)
            if not opens and (_cell_follows(node) if tag in _CELLS else _row_follows(node)):
                self._append("\t" if tag in _CELLS else "\n", line_begins=True)
        elif tag in _IMAGES and opens:
            self._word("")

    def _texts(self, text: str, preserves_space: bool) -> None:
        if preserves_space:
            self._append(text, line_begins=text.endswith("\n"))
            return
        text = _SPACE.sub(" ", text)
        self._space = self._space or text.startswith(" ")
        if word := text.strip(" "):
            self._word(word)
            self._space = text.endswith(" ")

    def _word(self, word: str) -> None:
        self._append(word if self._line_begins or not self._space else f" {word}")

    def _append(self, text: str, line_begins: bool = False) -> None:
        if self._parts and self._breaks:
            self._parts.append("\n" * self._breaks)
        self._parts.append(text)
        self._breaks, self._space, self._line_begins = 0, False, line_begins

    def _line_break(self, breaks: int) -> None:
        self._breaks = max(self._breaks, breaks)
        self._space, self._line_begins = False, True


def _cell_follows(cell: LexborNode) -> bool:
    return any(node.tag in _CELLS for node in _after(cell))


def _row_follows(row: LexborNode) -> bool:
    """Whether the table continues after the row, in the row's section or in a later one."""
    part = row.parent
    return any(node.tag == "tr" for node in _after(row)) or (
        part is not None and any(node.css_first("tr") is not None for node in _after(part) if node.tag in _SECTIONS)
    )


_SECTIONS = frozenset({"tbody", "tfoot", "thead"})


def _after(node: LexborNode) -> Iterator[LexborNode]:
    after = node.next
    while after is not None:
        yield after
        after = after.next


def _steps(body: LexborNode, is_styled: bool) -> Iterator[_Step]:
    """Yield all visible nodes in document order."""
    stack: list[_Step] = [(body, True, 0, False)]
    while stack:
        step = stack.pop()
        yield step
        node, opens, breaks, preserves_space = step
        if opens and node.tag != "-text":
            stack.append((node, False, breaks, preserves_space))
            children = [child for child in node.iter(include_text=True) if child.tag not in _HIDDEN]
            children = [child for child in children if not _is_hidden(child)] if is_styled else children
            stack += [_opened(child, preserves_space, is_styled) for child in reversed(children)]


def _opened(node: LexborNode, preserves_space: bool, is_styled: bool) -> _Step:
    tag = node.tag
    breaks, preserves_space = (2 if tag == "p" else int(tag in _BLOCKS)), preserves_space or tag in _KEEPING_SPACE
    if is_styled and tag != "-text" and (style := node.attributes.get("style")):
        breaks = max(breaks, int(_SHOWN_AS_BLOCK.search(style) is not None))
        preserves_space = preserves_space or _SPACE_KEPT.search(style) is not None
    return node, True, breaks, preserves_space


def _is_hidden(node: LexborNode) -> bool:
    if node.tag == "-text":
        return False
    attributes = node.attributes
    is_hidden_input = node.tag == "input" and (attributes.get("type") or "").lower() == "hidden"
    return "hidden" in attributes or is_hidden_input or _NOT_SHOWN.search(attributes.get("style") or "") is not None


def _pieces(html: str) -> list[str]:
    """Yield the HTML, in several pieces if it is nested more deeply than browsers allow."""
    if html.count("<") <= _DEEPEST or _depth(html) <= _DEEPEST:
        return [html]
    cuts = [tag.start() for tag in _TAG.finditer(html)][_DEEPEST::_DEEPEST]
    return [html[start:end] for start, end in zip([0, *cuts], [*cuts, len(html)], strict=True)]


def _depth(html: str) -> int:
    """The largest number of elements that can be open at a time."""
    opened: Counter[str] = Counter()
    depth = deepest = 0
    for closes, name in _TAG.findall(html):
        tag = name.lower()
        if not closes and tag not in _NEVER_DEEPER:
            opened[tag] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif closes and opened[tag]:
            opened[tag] -= 1
            depth -= 1
    return deepest
