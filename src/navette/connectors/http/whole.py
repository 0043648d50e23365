"""Read a list from its beginning to its end, until it is certain that nothing is missing."""

from dataclasses import dataclass

from navette.connectors.http.pages import Fetch, Page, Reading, UnreadableListError
from navette.connectors.http.steps import Steps

MOST_READINGS = 10
"""How many times a list is read before the reading gives up."""


@dataclass(frozen=True)
class Whole:
    """How to read a list whose order does not depend on changes: by creation, by name. Its pages must overlap."""

    steps: Steps

    def __post_init__(self) -> None:
        # Records are added at the end, so a list can keep its length although some slip by.
        if self.steps.overlap == 0:
            raise ValueError("the pages of a whole list must overlap.")

    def read(self, fetch: Fetch) -> Reading:
        """Fetch every record.

        A list of one page is one state of the source. A longer one is read again until its first and its last page
        agree with the number of its records. Raises UnreadableListError if they never do.
        """
        for _ in range(MOST_READINGS):
            pages = list(self.steps.through(fetch))
            if len(pages) == 1 or self._is_one_state(pages):
                return Reading(pages[0].at, pages[-1].count)
        raise UnreadableListError(
            "the list keeps changing, or reports a number of records that it does not contain: try again at a"
            " quieter time."
        )

    def _is_one_state(self, pages: list[Page]) -> bool:
        ids = {self.steps.id_of(record) for page in pages for record in page.records}
        return all(page.count is None or page.count == len(ids) for page in (pages[0], pages[-1]))
