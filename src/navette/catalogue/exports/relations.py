"""Relations that several exports look up."""

AGENT_NAMES = (
    "(SELECT id, nullif(concat_ws(' ', nullif(trim(firstname), ''), nullif(trim(lastname), '')), '') AS name"
    " FROM agents)"
)
"""Each agent's ``id`` and ``name``: first name then last name, null where there is neither."""


def identity_names(ids: str) -> str:
    """The ``id`` and ``name`` of identities: the screen name, else first and last name, null where there is none.

    ``ids`` is the query of those that are needed.
    """
    return (
        "(SELECT id, foreign_id, anonymized,"
        " coalesce(nullif(trim(screenname), ''), nullif(trim(concat_ws(' ', firstname, lastname)), '')) AS name"
        f" FROM identities WHERE id IN ({ids}))"
    )


def only(table: str, ids: str, columns: str = "*") -> str:
    """The rows of a table that are needed: those whose id the query ``ids`` gives."""
    return f"(SELECT {columns} FROM {table} WHERE id IN ({ids}))"


def names_of(list_column: str, table: str, name: str = "name", rows: str = "base") -> str:
    """The names behind lists of ids: each distinct list as ``ids``, its elements' names in its order as ``names``.

    ``list_column`` of ``rows`` holds ids of ``table``, whose column ``name`` is shown. An id that the table does not
    have is left out; a list without any known id has no row. To join on ``alias.ids = rows.list_column``.
    """
    return (
        "(SELECT l.ids, list(t.name ORDER BY list_position(l.ids, t.id)) AS names"
        f" FROM (SELECT d.ids, unnest(d.ids) AS id FROM (SELECT DISTINCT {list_column} AS ids FROM {rows}) AS d) AS l"
        f" JOIN (SELECT id, {name} AS name FROM {table}) AS t ON t.id = l.id"
        " GROUP BY l.ids)"
    )
