"""Go through the pages of a list without a gap, although records are added and deleted between two answers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from navette.connectors.http.pages import TOO_FAST, Fetch, Page, Record, UnreadableListError

MOST_ANSWERS = 4
"""How many times as many answers as a quiet list needs a changing one can take."""

Follows = Callable[[Page, Page], bool]
"""Whether, by the order of the list, nothing can have slipped by between a page and the one before."""


@dataclass(frozen=True)
class Steps:
    """How to go through a list in pages of ``size`` records, of which the last ``overlap`` are asked for again.

    A page follows the one before without a gap if it contains one of its records. Without overlap, as with numbered
    pages, records must be added at the head of the list. Then a page follows if the list has not become shorter: at
    most as many records were deleted as were added.
    """

    id_of: Callable[[Record], str]
    size: int
    overlap: int

    def through(self, fetch: Fetch, follows: Follows = lambda _page, _before: False) -> Iterator[Page]:
        """Yield the pages from the head to the end. ``follows`` is another reason to accept a page that has records.

        Raises UnreadableListError if records are deleted faster than pages can be read.
        """
        place, page, answers = 0, fetch(0, self.size), 1
        most = len(page.records)  # a source can send fewer than it is asked for
        yield page
        while not _is_last(page, place, self.size):
            step = max(1, len(page.records) - self.overlap)
            place, before, page = place + step, page, fetch(place + step, self.size)
            answers += 1
            if not page.records and len(before.records) < most:
                return  # the count is too large, as the page before was the last one
            while place > 0 and not (self._is_next(page, before) or (page.records and follows(page, before))):
                place = max(0, place - step)
                page = fetch(place, self.size)
                answers += 1
            if answers > MOST_ANSWERS * (place // step + 5):
                raise UnreadableListError(TOO_FAST)
            yield page

    def _is_next(self, page: Page, before: Page) -> bool:
        if self.overlap == 0:
            return page.count is not None and before.count is not None and page.count >= before.count
        return not {*map(self.id_of, page.records)}.isdisjoint(map(self.id_of, before.records))


def _is_last(page: Page, place: int, size: int) -> bool:
    """Whether the list ends with the page that begins at a place."""
    end = place + len(page.records)
    return not page.records or (len(page.records) < size and (page.count is None or end >= page.count))
