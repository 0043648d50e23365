"""Names and texts, quoted for SQL."""

from collections.abc import Callable, Iterable


def identifier(name: str) -> str:
    """The name of a column or table in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def of_each(texts: Iterable[str], rendered: Callable[[str], str]) -> str:
    """The list of what ``rendered`` makes of each of some texts (given as SQL), written once for all of them."""
    return of_list(f"[{', '.join(texts)}]", rendered)


def of_list(values: str, rendered: Callable[[str], str]) -> str:
    """The list of what ``rendered`` makes of each value of a list."""
    return f"list_transform({values}, lambda text: {rendered('text')})"
