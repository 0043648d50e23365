"""The database itself refuses to change or remove an event of the journal."""

from typing import ClassVar

from django.db import migrations

SQLITE = [
    f"CREATE TRIGGER event_no_{what.lower()} BEFORE {what} ON control_event "
    "BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END"
    for what in ("UPDATE", "DELETE")
] + [
    "CREATE TRIGGER event_no_replace BEFORE INSERT ON control_event "
    "WHEN EXISTS (SELECT 1 FROM control_event WHERE number = NEW.number OR id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END"
]
POSTGRESQL = [
    "CREATE FUNCTION control_event_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the journal only grows'; END $$",
    "CREATE TRIGGER event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON control_event "
    "FOR EACH STATEMENT EXECUTE FUNCTION control_event_only_grows()",
]


def forwards(_apps, editor) -> None:  # type: ignore[no-untyped-def]
    for statement in SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL:
        editor.execute(statement)


def backwards(_apps, editor) -> None:  # type: ignore[no-untyped-def]
    names = ["event_no_update", "event_no_delete", "event_no_replace"] if editor.connection.vendor == "sqlite" else []
    for name in names:
        editor.execute(f"DROP TRIGGER {name}")
    if not names:
        editor.execute("DROP FUNCTION control_event_only_grows() CASCADE")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("control", "0001_initial")]
    operations: ClassVar = [migrations.RunPython(forwards, backwards)]
