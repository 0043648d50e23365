"""Files of very many columns: the same bytes as ever, by SQL that says once what is done to all of them."""

from datetime import UTC, date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.duckdb_rows import DuckDBRows, written
from tests.naughty import NAUGHTY

from navette.core import rows
from navette.core.types import Array, Boolean, Date, Datetime, Float, Integer, Json, ObjectId, Text
from navette.formats import FORMATS, Rendering, csv, excel
from navette.formats.xlsx import cells

FRENCH = Rendering("fr", ZoneInfo("Europe/Paris"))

VALUES = {
    Text: st.none() | st.text(max_size=20) | st.sampled_from([*NAUGHTY, "x" * 40_000]),
    Float: st.none() | st.floats(),
    Integer: st.none() | st.integers(-(2**63), 2**63 - 1),
    Boolean: st.none() | st.booleans(),
    Date: st.none() | st.dates(date(1800, 1, 1)),
    Datetime: st.none() | st.datetimes(datetime(1800, 1, 1), datetime(9990, 1, 1), timezones=st.just(UTC)),
    Array: st.none() | st.lists(st.none() | st.sampled_from(NAUGHTY), max_size=3),
    Json: st.none() | st.just('{"a": "b, \\"c\\""}'),
    ObjectId: st.none() | st.just("a" * 24),
}

COLUMNS = st.lists(st.sampled_from([*VALUES]).flatmap(lambda t: VALUES[t].map(lambda value: (t, [value]))), min_size=2)


@pytest.mark.parametrize("format_name", ["bi", "excel", "xlsx"])
@given(COLUMNS)
@example([(Text, [one]) for one in NAUGHTY])
@example([(Float, [1.5]), (Float, [None]), (Integer, [1])])
@settings(max_examples=30, deadline=None)
def test_a_row_is_the_same_whether_it_counts_as_wide(format_name, columns):
    named = DuckDBRows({f"column {n}": column for n, column in enumerate(columns)})
    expected = written(FORMATS[format_name], named, FRENCH)
    with pytest.MonkeyPatch.context() as patch:
        for module in (csv, excel, cells):
            patch.setattr(module, "WIDE", 1)
        assert written(FORMATS[format_name], named, FRENCH) == expected


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_thousand_columns_and_more_are_written(format_name):
    names = [f"text {n}" for n in range(1_100)]
    named = DuckDBRows({name: (Text, [name]) for name in names} | {f"n{n}": (Float, [n / 4]) for n in range(rows.WIDE)})
    sink = BytesIO()
    assert FORMATS[format_name].write(named, sink, FRENCH).rows == 1
    assert sink.getvalue()
