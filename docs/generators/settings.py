"""The settings of an installation, from their declaration."""

from docs.generators.markdown import code, page, table
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from navette.core.settings import PREFIX, Settings

INTRODUCTION = """Settings are environment variables. All of them are optional. A wrong value stops every command with
exit code 3 and the variable's name. You can keep a secret (the address of the database or the mail server, a key, a
client secret) in the first line of a file: set `NAVETTE_…_FILE` to its path."""


def settings() -> str:
    """Return the page."""
    rows = [
        (code(f"{PREFIX}{name.upper()}"), _default(field), f"{field.description}{_least(field)}")
        for name, field in Settings.model_fields.items()
    ]
    return page("# Settings", INTRODUCTION, table(("variable", "default", "meaning"), rows))


def _default(field: FieldInfo) -> str:
    """Return the default as a user would write it, or nothing. A secret's default is not secret."""
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return "" if default in (None, "") else code(str(default))


def _least(field: FieldInfo) -> str:
    bounds = [bound.ge for bound in field.metadata if getattr(bound, "ge", 0)]
    return f" At least {bounds[0]}." if bounds else ""
