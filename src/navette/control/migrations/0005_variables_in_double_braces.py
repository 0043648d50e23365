"""The domain's pattern of file names names its variables as tasks' patterns do."""

from typing import Any

from django.db import migrations, models

NAMES = {
    "{export}": "{{export_name}}",
    "{date}": "{{year}}-{{month}}-{{day}}",
    "{time}": "{{hour}}{{minute}}{{second}}",
    "{domain}": "{{domain}}",
}


LONGEST, DEFAULT = 150, "{{export_name}}_{{year}}-{{month}}-{{day}}"


def rename(apps: Any, _schema_editor: Any) -> None:
    for domain in apps.get_model("control", "Domain").objects.all():
        for former, name in NAMES.items():
            domain.file_name_pattern = domain.file_name_pattern.replace(former, name)
        if len(domain.file_name_pattern) > LONGEST:
            domain.file_name_pattern = DEFAULT
        domain.save(update_fields=["file_name_pattern"])


def undo(apps: Any, _schema_editor: Any) -> None:
    for domain in apps.get_model("control", "Domain").objects.all():
        for former, name in NAMES.items():
            domain.file_name_pattern = domain.file_name_pattern.replace(name, former)
        domain.save(update_fields=["file_name_pattern"])


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0004_slots_skipped_and_too_early"),
    ]

    operations = [
        migrations.AlterField(
            model_name="domain",
            name="file_name_pattern",
            field=models.CharField(
                default=DEFAULT,
                max_length=LONGEST,
                verbose_name="pattern of file names",
            ),
        ),
        migrations.RunPython(rename, undo, elidable=True),
    ]
