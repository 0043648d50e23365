"""The settings of an installation, from ``NAVETTE_…`` environment variables."""

import os
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from navette.core.errors import ConfigurationError, RequestError
from navette.core.messages import Message, lines, message
from navette.core.system_errors import system_reason
from navette.core.zones import zone

PREFIX = "NAVETTE_"

LONGEST_DAYS = 36_500
"""A hundred years: as good as for ever, and still a date that can be calculated."""


def _zone_name(name: str) -> str:
    try:
        return zone(name).key
    except RequestError as error:
        raise ValueError(str(error)) from error


def _with_ascii_host(url: str) -> str:
    """Return the address with its host as browsers and mails name it."""
    host = urlsplit(url).hostname or ""
    return re.sub(re.escape(host), host.encode("idna").decode(), url, count=1, flags=re.I) if host else url


def _umask(text: str) -> str:
    """Return the text if it is a umask that keeps the owner's permissions."""
    if not re.fullmatch("0*[0-7]{1,2}", text):
        raise ValueError(f"'{text}' is not a umask of group and others: write octal digits, such as 027 or 022.")
    return text


class Settings(BaseModel):
    """The settings, one field each. The environment variable is ``NAVETTE_`` and the field's name in capitals.

    An empty variable counts as not set. A secret can be read from the first line of a file, which ``NAVETTE_…_FILE``
    names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(Path("var"), description="Folder with all of Navette's data.")
    locale: str = Field("en", description="Default language of files and messages.")
    timezone: Annotated[str, AfterValidator(_zone_name)] = Field(
        "UTC", description="Default time zone of periods and datetimes."
    )
    export_in_seconds: bool = Field(
        False, description="Write durations in whole seconds instead of hours (presence) and minutes (replies)."
    )
    threads: int = Field(0, ge=0, description="Number of cores that the engine uses; 0 means all.")
    memory_limit_mb: int = Field(
        400, ge=200, description="Memory that the engine can use before it writes to disk, in MB."
    )

    url: Annotated[str, AfterValidator(_with_ascii_host)] = Field(
        "http://127.0.0.1:8000",
        description="Address of the console; links in e-mails start with it.",
    )
    database: SecretStr = Field(
        SecretStr(""),
        description="Address of the control database, postgresql://…; if empty, SQLite in the home folder.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Key of signatures and stored secrets; if empty, Navette creates one in the home folder.",
    )
    previous_secret_key: SecretStr = Field(
        SecretStr(""),
        description="The former secret key while you replace it, so that its signatures and secrets stay valid.",
    )
    smtp_url: SecretStr = Field(
        SecretStr("smtp://127.0.0.1:25"),
        description="Mail server: smtp://, smtp+starttls:// or smtps://, with USER:PASSWORD@ if it requires them.",
    )
    mail_from: str = Field("navette@localhost", description="Sender address of e-mails.")
    mail_folder: Path | None = Field(
        None, description="Folder in which Navette stores e-mails instead of sending them, for trying things out."
    )
    attachment_limit_mb: float = Field(
        20,
        gt=0,
        description="Largest size of an e-mail, as sent, in MB; a larger one contains a link instead of the file.",
    )
    lease_seconds: float = Field(
        60, ge=2, le=100, description="Seconds after which another worker takes over the work of a silent one."
    )
    quick_workers: int = Field(1, ge=1, description="Number of small runs that one worker processes at a time.")
    bulk_workers: int = Field(1, ge=1, description="Number of large runs that one worker processes at a time.")
    bulk_rows: int = Field(200_000, ge=0, description="Number of rows above which a run is large.")
    delivery_workers: int = Field(2, ge=1, description="Number of e-mails that one worker sends at a time.")
    upload_workers: int = Field(
        2,
        ge=1,
        description="Number of deliveries to servers and folders that one worker processes at a time.",
    )
    runs_per_user: int = Field(
        2, ge=1, description="Largest number of simultaneous runs of one person, or of one task."
    )
    runs_per_domain: int = Field(8, ge=1, description="Largest number of simultaneous runs in total.")
    sftp_allowed: str = Field(
        "",
        description="Comma-separated hosts, addresses and networks, with or without ports, that automated exports can "
        "reach; if empty, every public address. Private networks must be listed.",
    )
    folders: str = Field(
        "", description="Colon-separated folders to which automated exports can write; if empty, none."
    )
    folder_umask: Annotated[str, AfterValidator(_umask)] = Field(
        "027",
        description="Permissions to withhold from the files and folders of exports, as a umask. With "
        "027 the group may read them, and other users have no access; with 022 everybody may read them; with 007 "
        "the group may also remove them.",
    )
    oidc_issuer: str = Field("", description="Address of an OpenID Connect provider; if empty, none.")
    oidc_name: str = Field("OpenID Connect", description="Name of that provider on the sign-in page.")
    oidc_client_id: str = Field("", description="This installation's client ID at that provider.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="The client secret that the provider gave you.")
    sign_in_notice: str = Field("", description="A sentence shown above the sign-in form.")
    trusted_proxies: int = Field(
        0, ge=0, description="Number of reverse proxies in front of the console that add to X-Forwarded-For."
    )

    replay_days: int = Field(
        30,
        ge=1,
        le=LONGEST_DAYS,
        description="Number of days for which Navette keeps the data that exports read, so that slots can be replayed.",
    )

    @property
    def store(self) -> Path:
        """The folder of the Delta tables."""
        return self.home / "store"

    @property
    def control_file(self) -> Path:
        """The file of the control database, where that is SQLite."""
        return self.home / "control.sqlite3"

    @property
    def files(self) -> Path:
        """The folder of the files of runs, until their retention ends."""
        return self.home / "files"

    @property
    def folder_roots(self) -> list[Path]:
        """The folders to which automated exports can write."""
        return [Path(folder) for folder in self.folders.split(os.pathsep) if folder]

    @property
    def folder_mask(self) -> int:
        """The setting ``folder_umask`` as a number."""
        return int(self.folder_umask, 8)

    @property
    def scratch(self) -> Path:
        """The folder of temporary files. The command that creates a file there removes it."""
        return self.home / "tmp"


def load_settings() -> Settings:
    """Read the settings of this process. Raises ConfigurationError, which names each wrong variable."""
    try:
        return Settings(**_variables() | _secrets_in_files())
    except ValidationError as error:
        problems = lines(map(_problem, error.errors()))
        raise ConfigurationError("the settings are wrong: {problems}", problems=problems) from error


def _variables() -> dict[str, Any]:
    """Return the values of all environment variables that are not empty."""
    named = {name: os.environ.get(f"{PREFIX}{name.upper()}") for name in Settings.model_fields}
    return {name: value for name, value in named.items() if value}


def _secrets_in_files() -> dict[str, Any]:
    """Read the secrets whose variable names a file. Raises ConfigurationError if it cannot be read."""
    secrets = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]
    named = {name: os.environ.get(f"{PREFIX}{name.upper()}_FILE") for name in secrets}
    return {name: first_line(Path(path), f"{PREFIX}{name.upper()}_FILE") for name, path in named.items() if path}


def first_line(path: Path, named_by: str) -> str:
    """Return the first line of a file with a secret; ``named_by`` is the variable that names it.

    Raises ConfigurationError if the file cannot be read, or the line is empty.
    """
    try:
        line = path.read_text(encoding="utf-8-sig").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        why = system_reason(error) if isinstance(error, OSError) else message("it is not UTF-8")
        raise ConfigurationError(
            "{variable}: the file {path} cannot be read: {why}.", variable=named_by, path=path, why=why
        ) from error
    if not line:
        raise ConfigurationError("{variable}: the first line of {path} is empty.", variable=named_by, path=path)
    return line


def _problem(detail: ErrorDetails) -> Message:
    ours = detail.get("ctx", {}).get("error", detail["msg"])
    return message("{variable}: {problem}", variable=f"{PREFIX}{str(detail['loc'][0]).upper()}", problem=ours)
