"""The settings of an installation, from ``NAVETTE_…`` environment variables."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from navette.core.errors import ConfigurationError, RequestError
from navette.core.zones import zone


def _zone_name(name: str) -> str:
    try:
        return zone(name).key
    except RequestError as error:
        raise ValueError(str(error)) from error


class Settings(BaseSettings):
    """One field a setting; the environment variable is ``NAVETTE_`` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="NAVETTE_", env_ignore_empty=True, frozen=True)

    home: Path = Field(Path("var"), description="Folder of all state: the store, temporary files.")
    locale: str = Field("en", description="Language of files and messages where a request names none.")
    timezone: Annotated[str, AfterValidator(_zone_name)] = Field(
        "UTC", description="Time zone of windows and datetimes where a request names none."
    )
    export_in_seconds: bool = Field(
        False, description="Durations in whole seconds instead of hours (presence) and minutes (replies)."
    )
    threads: int = Field(0, ge=0, description="Cores that the engine uses; 0 means all of the machine's.")
    memory_limit_mb: int = Field(400, ge=200, description="Memory that the engine may use before it spills to disk.")

    @property
    def store(self) -> Path:
        """The folder of the Delta tables."""
        return self.home / "store"

    @property
    def scratch(self) -> Path:
        """The folder of temporary files; nothing in it outlives the command that made it."""
        return self.home / "tmp"


def load_settings() -> Settings:
    """The settings of this process. Raises ConfigurationError that names each variable that is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default
    except ValidationError as error:
        problems = "; ".join(_problem(detail) for detail in error.errors())
        raise ConfigurationError(f"the settings are wrong: {problems}") from error


def _problem(detail: ErrorDetails) -> str:
    ours = detail.get("ctx", {}).get("error", detail["msg"])
    return f"NAVETTE_{str(detail['loc'][0]).upper()}: {ours}"
