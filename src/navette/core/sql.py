"""Names and texts as SQL reads them."""


def identifier(name: str) -> str:
    """A column's or table's name, in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text, in single quotes."""
    return "'" + text.replace("'", "''") + "'"
