"""SFTP as a kind of destination: what a form asks for, and a delivery in terms of this package."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar

from navette.core.allowed_servers import Allowed
from navette.core.messages import message
from navette.destinations.destination import (
    Checked,
    FileDestinationKind,
    Installation,
    Location,
    Receipt,
    Setting,
    SettingType,
    Several,
    Upload,
)
from navette.destinations.sftp.check import check
from navette.destinations.sftp.server import SFTPServer
from navette.destinations.sftp.upload import put


class SFTP(FileDestinationKind):
    """A directory of an SFTP server."""

    name = "sftp"
    label = message("SFTP server")
    settings: ClassVar = (
        Setting("host", SettingType.HOST, message("Host")),
        Setting("port", SettingType.PORT, message("Port"), default=22),
        Setting(
            "user",
            SettingType.TEXT,
            message("User"),
            missing=message("Enter the user name on the server."),
            longest=100,
        ),
        Setting(
            "directory",
            SettingType.DIRECTORY,
            message("Directory"),
            message(
                "It must exist, and the user must be able to write to it. Directories with variables, such as "
                "./in/{{year}}, are created."
            ),
            default="./",
        ),
    )
    directory = "directory"
    key_of = ("host", "port")
    several = Several(message("SFTP servers"), message("Add another server"), message("Remove this server"), most=5)
    can_be_checked = True
    signs_in_with_our_keys = True

    def target(self, settings: Mapping[str, Any]) -> str:
        """User, host and directory, and a port other than 22."""
        port = settings.get("port") or 22
        host = settings["host"] if port == 22 else f"{settings['host']}:{port}"
        return f"{settings['user']}@{host} {settings.get('directory') or './'}"

    def check(self, location: Location, installation: Installation) -> Checked:
        """Test the connection step by step. Raises ConfigurationError for unusable keys or a wrong list of hosts."""
        return check(_server(location, installation))

    def put(
        self,
        location: Location,
        uploads: Sequence[Upload],
        installation: Installation,
        *,
        attempt_id: str,
        delivered: Collection[str] = (),
        report: Callable[[str, int], None] = lambda _name, _bytes: None,
        finished: Callable[[str], None] = lambda _name: None,
    ) -> Receipt:
        """See ``FileDestinationKind``; an interrupted delivery resumes. HostKeyChangedError is a RefusedError."""
        server = _server(location, installation)
        return put(server, uploads, attempt_id=attempt_id, delivered=delivered, report=report, finished=finished)


def _server(location: Location, installation: Installation) -> SFTPServer:
    settings = location.settings
    return SFTPServer(
        host=settings["host"],
        port=int(settings.get("port") or 22),
        user=settings["user"],
        directory=settings.get("directory") or "./",
        creatable=location.creatable,
        private_keys=installation.private_keys(),
        host_keys=location.host_keys,
        allowed=Allowed.parse(installation.settings.sftp_allowed),
    )
