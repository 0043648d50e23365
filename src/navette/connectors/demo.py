"""A fictional contact centre of any size, the same every time: to try Navette, to test it and to measure it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any

import pyarrow as pa

from navette.connectors.connector import Batch, CommandOption, Connector
from navette.core.errors import RequestError
from navette.core.messages import message
from navette.demo.growth import CONFIGURED_MONTHS, growing_period, growing_talk
from navette.demo.knowledge import knowledge
from navette.demo.people import people
from navette.demo.period import Period
from navette.demo.setup import Setup
from navette.demo.talk import talk
from navette.demo.workplace import workplace

_BATCH_ROWS = 200_000

# Identifiers contain seconds since 1970, and the domain is older than its conversations; the rule for Easter ends in
# 2099.
FIRST_DAY, LAST_DAY = date(1980, 1, 1), date(2098, 12, 31)

MOST_MONTHS = 600


class DemoDomain(Connector):
    """A contact centre with that many messages over the two years up to ``last_day``.

    With ``months``, it has that many messages in each of the months from January 2016 on. More months add rows and
    change only those of the last months to which something happens later. Its batches come in time order.

    The same arguments give the same bytes, on any day. From 2,000 messages on, every field of every table has a
    value somewhere. Raises RequestError if ``messages`` is less than 1, or the day is too far away.
    """

    label = message("Demo domain")
    description = message("A fictional contact centre of any size, for trying things out.")
    summary = "Load a fictional but realistic contact centre of any size."
    command = "navette load demo --messages 20000"
    options = (
        CommandOption("messages", int, "The approximate number of messages.", 20_000, least=1),
        CommandOption(
            "months",
            int,
            "Instead of two years, generate this many months from January 2016 on, each with --messages messages.",
            0,
            least=0,
        ),
        CommandOption("seed", int, "Another seed produces other data.", 7),
        CommandOption(
            "until",
            str,
            "The last day of the two years of data, such as 2025-12-31 or yesterday. Another day produces other data.",
            Period.last_day.isoformat(),
        ),
    )

    @classmethod
    def opened(cls, **options: Any) -> "DemoDomain":
        """Return the domain that ends on a day such as ``2025-12-31`` or ``yesterday``."""
        return cls(options["messages"], options["seed"], _day(options["until"]), options["months"])

    def __init__(self, messages: int, seed: int, last_day: date = Period.last_day, months: int = 0) -> None:
        if messages < 1:
            raise RequestError(
                "a demo domain of {messages} messages is empty: ask for at least 1 message.", messages=messages
            )
        if not FIRST_DAY <= last_day <= LAST_DAY:
            raise RequestError(
                "a demo domain ends between {first} and {last}, not on {day}.",
                first=FIRST_DAY,
                last=LAST_DAY,
                day=last_day,
            )
        if months > MOST_MONTHS:
            raise RequestError(
                "a demo domain has at most {most} months, not {months}.", most=MOST_MONTHS, months=months
            )
        self.messages, self.seed, self.months = messages, seed, months
        self.period = growing_period(months) if months else Period(last_day)

    @property
    def in_time_order(self) -> bool:
        """Whether its batches come one after the other in time."""
        return self.months > 0

    def read(self) -> Iterator[Batch]:
        """Yield every row: the configuration first, then the conversations in time order, some threads at a time."""
        setup = Setup(self.messages * (CONFIGURED_MONTHS if self.months else 1), self.seed, self.period)
        extent = f"in each of {self.months} months" if self.months else f"up to {self.period.last_day}"
        origin = f"demo domain of {self.messages} messages, seed {self.seed}, {extent}"
        conversations = growing_talk(setup, self.messages, self.months) if self.months else talk(setup)
        tables: Iterator[tuple[str, pa.Table]] = chain(people(setup), workplace(setup), knowledge(setup), conversations)
        for table, rows in tables:
            size = max(1, rows.num_rows) if self.in_time_order else _BATCH_ROWS
            for first in range(0, rows.num_rows, size):
                yield Batch(table, rows.slice(first, size), origin)


def _day(text: str) -> date:
    if text == "yesterday":
        return datetime.now(UTC).date() - timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise RequestError(
            "'{text}' is not a day: write a date such as 2025-12-31, or yesterday.", text=text
        ) from error
