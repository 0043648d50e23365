"""Relations that several exports look up."""

from navette.catalogue.export import Related


def _trimmed(name: str) -> str:
    """The name without the blanks around it (spaces of all kinds, tabs, line ends), or null if nothing is left."""
    return f"nullif(regexp_replace({name}, '^[\\s\\pZ]+|[\\s\\pZ]+$', '', 'g'), '')"


# First name then last name, each without the blanks around it; null if there is neither.
_FULL_NAME = f"nullif(concat_ws(' ', {_trimmed('firstname')}, {_trimmed('lastname')}), '')"

SCREEN_NAME = _trimmed("screenname")
"""An identity's screen name without the blanks around it, or null if nothing is left."""

NO_NAMES = "CAST([] AS VARCHAR[])"
"""An empty list of names, for a list of ids that are all unknown by name. If there is no list of ids, there is no
list of names."""

AGENT_NAMES = f"(SELECT id, {_FULL_NAME} AS name FROM agents)"
"""Each agent's ``id`` and ``name``: first name then last name, null if there is neither."""


IDENTITY_NAMES = f"(SELECT id, foreign_id, anonymized, coalesce({SCREEN_NAME}, {_FULL_NAME}) AS name FROM customers)"
"""The ``id`` and ``name`` of ``customers``: the screen name, or else first and last name, null if there is none."""


def customers(ids: str) -> Related:
    """The identities with those ids, which ``IDENTITY_NAMES`` reads."""
    columns = ("id", "foreign_id", "anonymized", "screenname", "firstname", "lastname")
    return Related("customers", "identities", by="id", ids=ids, columns=columns)


CASES = Related(
    "cases",
    "interventions",
    by="id",
    ids="SELECT intervention_id FROM base",
    columns=("id", "thread_id", "source_id", "identity_id", "category_ids"),
)
"""The cases of rows with an ``intervention_id``."""

# Columns of a relation by its name are ids of its table, for which Parquet files have statistics and a Data Package a
# pattern. Those of a query are texts: these files stay byte for byte as they were.
OF_CASES = f"(SELECT * FROM {CASES.name})"
"""The rows of ``CASES``, as texts."""


def names_of(list_column: str, table: str, name: str = "name", rows: str = "base") -> str:
    """The names behind lists of ids: each distinct list as ``ids``, the names in the same order as ``names``.

    ``list_column`` of ``rows`` holds ids of ``table``, whose column ``name`` is shown. An id that the table does not
    have, or whose name is missing or empty, is left out; if no id is left, the list of names is empty. Join on
    ``alias.ids = rows.list_column``.
    """
    # An empty list has a row too, with an id that no table has.
    places = "unnest(generate_series(1, greatest(len(d.ids), 1)))"
    ids = f"SELECT d.ids, {places} AS place FROM (SELECT DISTINCT {list_column} AS ids FROM {rows}) AS d"
    names = "list(t.name ORDER BY l.place) FILTER (WHERE t.name <> '')"
    return (
        f"(SELECT l.ids, coalesce({names}, {NO_NAMES}) AS names"
        f" FROM (SELECT ids, place, ids[place] AS id FROM ({ids}) AS p) AS l"
        f" LEFT JOIN (SELECT id, {name} AS name FROM {table}) AS t ON t.id = l.id"
        " GROUP BY l.ids)"
    )
