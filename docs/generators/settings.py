"""The settings of an installation, from their declaration."""

from docs.generators.markdown import code, page, table
from pydantic.fields import FieldInfo

from navette.core.settings import Settings

INTRODUCTION = """Settings are environment variables. None is needed; a wrong one stops every command, with the
variable's name and exit code 3."""


def settings() -> str:
    """The page."""
    prefix = Settings.model_config["env_prefix"]
    rows = [
        (code(f"{prefix}{name.upper()}"), code(str(field.default)), f"{field.description}{_least(field)}")
        for name, field in Settings.model_fields.items()
    ]
    return page("# Settings", INTRODUCTION, table(("variable", "default", "meaning"), rows))


def _least(field: FieldInfo) -> str:
    bounds = [bound.ge for bound in field.metadata if getattr(bound, "ge", 0)]
    return f" At least {bounds[0]}." if bounds else ""
