"""Relations that several exports look up."""


def _trimmed(name: str) -> str:
    """Without the blanks around it: spaces of all kinds, tabs and ends of lines. Null where nothing is left."""
    return f"nullif(regexp_replace({name}, '^[\\s\\pZ]+|[\\s\\pZ]+$', '', 'g'), '')"


# First name then last name, each without the blanks around it; null where there is neither.
_FULL_NAME = f"nullif(concat_ws(' ', {_trimmed('firstname')}, {_trimmed('lastname')}), '')"

SCREEN_NAME = _trimmed("screenname")
"""An identity's screen name without the blanks around it, null where nothing is left."""

NO_NAMES = "CAST([] AS VARCHAR[])"
"""A list of no name: of ids of which none is known by name. Where there is no list of ids, there is none of names."""

AGENT_NAMES = f"(SELECT id, {_FULL_NAME} AS name FROM agents)"
"""Each agent's ``id`` and ``name``: first name then last name, null where there is neither."""


def identity_names(ids: str) -> str:
    """The ``id`` and ``name`` of identities: the screen name, else first and last name, null where there is none.

    ``ids`` is the query of those that are needed.
    """
    return (
        f"(SELECT id, foreign_id, anonymized, coalesce({SCREEN_NAME}, {_FULL_NAME}) AS name"
        f" FROM identities WHERE id IN ({ids}))"
    )


def only(table: str, ids: str, columns: str = "*") -> str:
    """The rows of a table that are needed: those whose id the query ``ids`` gives."""
    return f"(SELECT {columns} FROM {table} WHERE id IN ({ids}))"


def names_of(list_column: str, table: str, name: str = "name", rows: str = "base") -> str:
    """The names behind lists of ids: each distinct list as ``ids``, its elements' names in its order as ``names``.

    ``list_column`` of ``rows`` holds ids of ``table``, whose column ``name`` is shown. An id that the table does not
    have, or has with a missing or empty name, is left out; of a list without any other the names are an empty list. To
    join on ``alias.ids = rows.list_column``.
    """
    # An empty list has a row too, of an id that no table has.
    ids = "unnest(CASE WHEN len(d.ids) = 0 THEN CAST([NULL] AS VARCHAR[]) ELSE d.ids END)"
    known = "list(t.name ORDER BY list_position(l.ids, t.id)) FILTER (WHERE t.name <> '')"
    return (
        f"(SELECT l.ids, coalesce({known}, {NO_NAMES}) AS names"
        f" FROM (SELECT d.ids, {ids} AS id FROM (SELECT DISTINCT {list_column} AS ids FROM {rows}) AS d) AS l"
        f" LEFT JOIN (SELECT id, {name} AS name FROM {table}) AS t ON t.id = l.id"
        " GROUP BY l.ids)"
    )
