"""What commands that change the store tell the control database, and ask it, if the installation has one."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta

from navette.cli.console import err
from navette.core.settings import load_settings


def report_load(connector: str, rows: Mapping[str, int]) -> None:
    """Report a load: its connector, and how many rows became what."""
    if _starts():
        from navette.control.actor import OPERATOR
        from navette.services.stored_data import record_load

        _report(lambda: record_load(OPERATOR, connector, rows))


def report_vacuum(keep_hours: int, files: int) -> None:
    """Report that files of old versions were removed, and which hours were kept."""
    if _starts():
        from navette.control.actor import OPERATOR
        from navette.services.stored_data import record_vacuum

        _report(lambda: record_vacuum(OPERATOR, keep_hours, files))


def versions_in_use(hours: int) -> Mapping[str, Collection[int]]:
    """By table, the versions that runs need, also those of the last hours, which can be replayed."""
    if not _starts():
        return {}
    from navette.control.versions import versions_to_keep

    return versions_to_keep(datetime.now(UTC) - timedelta(hours=hours))


def _starts() -> bool:
    """Whether the installation has a control database; if it does, start Django."""
    settings = load_settings()
    if not settings.database.get_secret_value() and not settings.control_file.exists():
        return False
    from navette.site.start import start_django

    start_django()
    return True


def _report(write: Callable[[], None]) -> None:
    """The change is already done, and is useful without its entry: a problem with the database does not fail it."""
    from django.db import DatabaseError

    try:
        write()
    except DatabaseError:
        err.print(
            "note: the audit log has no entry of this: check the control database, and run 'navette init'.",
            highlight=False,
            soft_wrap=True,
        )
