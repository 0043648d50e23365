"""What somebody who fills in the form of a task sends, but for where its files go and what it exports."""

TASK_FORM = {
    "label": "Nightly",
    "sftp-TOTAL_FORMS": "1",
    "sftp-INITIAL_FORMS": "0",
    "frequency": "daily",
    "at": "04:00",
    "catch_up": "all",
    "format": "bi",
    "empty": "send",
    "file_name_pattern": "{{label}}_{{export_name}}",
    "sftp-0-user": "navette",
}
