"""The settings of an installation, from their declaration."""

from docs.generators.markdown import code, page, table
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from navette.core.settings import PREFIX, Settings

INTRODUCTION = """Settings are environment variables. None is needed; a wrong one stops every command, with the
variable's name and exit code 3. A secret (address of the database or the mail server, key, client secret) can lie in a
file instead: `NAVETTE_…_FILE` names it, and its first line counts."""


def settings() -> str:
    """The page."""
    rows = [
        (code(f"{PREFIX}{name.upper()}"), _default(field), f"{field.description}{_least(field)}")
        for name, field in Settings.model_fields.items()
    ]
    return page("# Settings", INTRODUCTION, table(("variable", "default", "meaning"), rows))


def _default(field: FieldInfo) -> str:
    """The default as one would write it; nothing where there is none. That of a secret is no secret."""
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return "" if default in (None, "") else code(str(default))


def _least(field: FieldInfo) -> str:
    bounds = [bound.ge for bound in field.metadata if getattr(bound, "ge", 0)]
    return f" At least {bounds[0]}." if bounds else ""
