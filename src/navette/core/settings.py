"""The settings of an installation, from ``NAVETTE_…`` environment variables."""

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from navette.core.errors import ConfigurationError, RequestError
from navette.core.zones import zone

PREFIX = "NAVETTE_"


def _zone_name(name: str) -> str:
    try:
        return zone(name).key
    except RequestError as error:
        raise ValueError(str(error)) from error


def _umask(text: str) -> str:
    """The text, if it is a umask that leaves Navette itself its rights."""
    if not re.fullmatch("0*[0-7]{1,2}", text):
        raise ValueError(f"'{text}' is not a umask of group and others: write octal digits, such as 027 or 022.")
    return text


class Settings(BaseModel):
    """One field a setting; the environment variable is ``NAVETTE_`` and the field's name in capitals.

    A variable that is empty counts as not set. A secret can lie in a file instead, which ``NAVETTE_…_FILE`` names; of
    the file, the first line counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

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

    url: str = Field("http://127.0.0.1:8000", description="Address under which people reach the console.")
    database: SecretStr = Field(
        SecretStr(""), description="postgresql://… of the control database; empty: SQLite in the home folder."
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Key of signatures and of stored secrets; empty: one made in the home folder."
    )
    previous_secret_key: SecretStr = Field(
        SecretStr(""),
        description="The secret key before, while it is being replaced: what it signed or hid still opens.",
    )
    smtp_url: SecretStr = Field(
        SecretStr("smtp://127.0.0.1:25"),
        description="Mail server: smtp://, smtp+starttls:// or smtps://, with USER:PASSWORD@ where it wants them.",
    )
    mail_from: str = Field("navette@localhost", description="Sender of mails.")
    mail_folder: Path | None = Field(
        None, description="Folder in which mails are put as files instead of being sent, for trying things out."
    )
    attachment_limit_mb: float = Field(
        20, gt=0, description="Size of a mail, as it is sent, above which it carries a link instead of the file."
    )
    lease_seconds: float = Field(
        60, ge=2, le=100, description="After how long the work of a worker that went silent is given to another."
    )
    quick_workers: int = Field(1, ge=1, description="How many small runs one worker does at a time.")
    bulk_workers: int = Field(1, ge=1, description="How many large runs one worker does at a time.")
    delivery_workers: int = Field(2, ge=1, description="How many mails one worker sends at a time.")
    upload_workers: int = Field(
        2,
        ge=1,
        description="How many deliveries to servers and folders one worker does at a time.",
    )
    runs_per_user: int = Field(
        2, ge=1, description="How many runs of one person, or one task, are worked on at a time."
    )
    runs_per_domain: int = Field(8, ge=1, description="How many runs are worked on at a time in all.")
    sftp_allowed: str = Field(
        "",
        description="Hosts, addresses and networks, with ports or without, that automated exports may reach, parted by "
        "commas; empty: every public address. Private networks must be named.",
    )
    folders: str = Field(
        "", description="Folders in which automated exports may put files, parted by colons; empty: none."
    )
    folder_umask: Annotated[str, AfterValidator(_umask)] = Field(
        "027",
        description="Permissions to withhold from the files and folders of exports, in the form of a umask. With "
        "027 the group may read them, and other users have no access; with 022 everybody may read them; with 007 "
        "the group may also remove them.",
    )
    oidc_issuer: str = Field("", description="Address of an OpenID Connect provider; empty: none.")
    oidc_name: str = Field("OpenID Connect", description="Name of that provider on the sign-in page.")
    oidc_client_id: str = Field("", description="How that provider knows this installation.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="The secret that the provider gave with it.")
    sign_in_notice: str = Field("", description="A sentence that everybody reads above the sign-in form.")
    trusted_proxies: int = Field(
        0, ge=0, description="How many reverse proxies stand before the console and add to X-Forwarded-For."
    )

    @property
    def store(self) -> Path:
        """The folder of the Delta tables."""
        return self.home / "store"

    @property
    def files(self) -> Path:
        """The folder of the files that runs made, until their retention ends."""
        return self.home / "files"

    @property
    def folder_roots(self) -> list[Path]:
        """The folders in which destinations may lie."""
        return [Path(one) for one in self.folders.split(os.pathsep) if one]

    @property
    def folder_mask(self) -> int:
        """The setting ``folder_umask`` as a number."""
        return int(self.folder_umask, 8)

    @property
    def scratch(self) -> Path:
        """The folder of temporary files; nothing in it outlives the command that made it."""
        return self.home / "tmp"


def load_settings() -> Settings:
    """The settings of this process. Raises ConfigurationError that names each variable that is wrong."""
    try:
        return Settings(**_variables() | _secrets_in_files())
    except ValidationError as error:
        problems = "; ".join(_problem(detail) for detail in error.errors())
        raise ConfigurationError(f"the settings are wrong: {problems}") from error


def _variables() -> dict[str, Any]:
    """The values of the environment variables that are not empty."""
    named = {name: os.environ.get(f"{PREFIX}{name.upper()}") for name in Settings.model_fields}
    return {name: value for name, value in named.items() if value}


def _secrets_in_files() -> dict[str, Any]:
    """The secrets whose variable names a file. Raises ConfigurationError where it cannot be read."""
    secrets = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]
    named = {name: os.environ.get(f"{PREFIX}{name.upper()}_FILE") for name in secrets}
    return {name: first_line(Path(path), f"{PREFIX}{name.upper()}_FILE") for name, path in named.items() if path}


def first_line(path: Path, named_by: str) -> str:
    """The first line of a file that holds a secret; ``named_by`` says who named it.

    Raises ConfigurationError where the file cannot be read, or that line is empty.
    """
    try:
        line = path.read_text(encoding="utf-8-sig").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{named_by}: the file {path} cannot be read: {type(error).__name__}.") from error
    if not line:
        raise ConfigurationError(f"{named_by}: the first line of {path} is empty.")
    return line


def _problem(detail: ErrorDetails) -> str:
    ours = detail.get("ctx", {}).get("error", detail["msg"])
    return f"{PREFIX}{str(detail['loc'][0]).upper()}: {ours}"
