"""Read what changed in a list that is sorted by time of change, newest first, while it goes on changing.

A changed record moves to the head of the list, so those that it passes slide down and are seen twice. A deleted record
makes those below it slide up: between two pages, some can slip by unseen. So a page is accepted only if that is ruled
out (see ``Steps``). Otherwise the reading steps back.

What changed while the pages were read is at the head. The head is read again, down to where the reading began, until
one page is enough: one answer is one state of the source, so nothing is missing then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from navette.connectors.http.pages import TOO_FAST, Fetch, Page, Reading, Record, UnreadableListError
from navette.connectors.http.steps import Steps

MOST_HEADS = 100
"""How many times the head is read before the reading gives up."""


@dataclass(frozen=True)
class NewestFirst:
    """How to read a list that is sorted by time of change, newest first.

    ``time_of`` gives a record's time of change, or None if it has none.
    """

    steps: Steps
    time_of: Callable[[Record], datetime | None]

    def read(self, fetch: Fetch, since: datetime | None = None) -> Reading:
        """Fetch every record that changed at ``since`` or later, or else every record.

        Raises UnreadableListError if the list has another order, or if its head never becomes quiet.
        """
        for _ in range(MOST_HEADS):
            pages = list(self._down_to(since, fetch))
            first, newest = pages[0], self._newest(pages[0])
            if len(pages) == 1:
                return Reading(first.at, first.count, newest)
            since = newest or since
        raise UnreadableListError(TOO_FAST)

    def _down_to(self, since: datetime | None, fetch: Fetch) -> list[Page]:
        """The pages from the head down to the first record that did not change since then."""
        pages = []
        for page in self.steps.through(fetch, self._begins_newer):
            self._check_order(page)
            pages.append(page)
            last = self.time_of(page.records[-1]) if page.records else None
            if since is not None and last is not None and last < since:
                break
        return pages

    def _begins_newer(self, page: Page, before: Page) -> bool:
        """Whether a page begins with a record that is newer than the last one of the page before."""
        begin, end = self.time_of(page.records[0]), self.time_of(before.records[-1])
        return begin is not None and end is not None and begin > end

    def _newest(self, page: Page) -> datetime | None:
        return max((time for record in page.records if (time := self.time_of(record))), default=None)

    def _check_order(self, page: Page) -> None:
        times = [time for record in page.records if (time := self.time_of(record))]
        if any(later < earlier for later, earlier in pairwise(times)):
            raise UnreadableListError(
                "the list is not sorted by time of change, newest first: its API has changed, or the address belongs"
                " to another product."
            )
