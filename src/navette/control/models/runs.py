"""Runs, and the requests that users keep."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from navette.control.ids import new_id
from navette.control.models.accounts import User
from navette.control.models.tasks import TaskSlot
from navette.control.models.work import Work


class Run(Work):
    """One execution of a request. ``request`` is ``control.requests.SavedRequest`` as plain values."""

    class State(models.TextChoices):
        """How far it is."""

        QUEUED = "queued"
        RUNNING = "running"
        WRITING = "writing"
        DELIVERING = "delivering"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    NEXT: ClassVar = {
        State.QUEUED: {State.RUNNING, State.CANCELLED},
        State.RUNNING: {State.QUEUED, State.WRITING, State.FAILED, State.CANCELLED},
        State.WRITING: {State.QUEUED, State.RUNNING, State.DELIVERING, State.FAILED, State.CANCELLED},
        State.DELIVERING: {State.DONE, State.CANCELLED},
        State.DONE: {State.DELIVERING},  # its mail is sent again
        State.FAILED: set(),
        State.CANCELLED: set(),
    }
    LEASED: ClassVar[tuple[str, ...]] = (State.RUNNING, State.WRITING)
    ENDED: ClassVar[tuple[str, ...]] = (State.DONE, State.FAILED, State.CANCELLED)

    export = models.CharField(max_length=60)
    request = models.JSONField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="runs")
    # What an automated export made it for; its file goes where that one's files go.
    slot = models.ForeignKey(TaskSlot, null=True, on_delete=models.PROTECT, related_name="runs")
    # What is known before it begins, and while it goes on.
    rows_counted = models.BigIntegerField(null=True)
    rows_done = models.BigIntegerField(default=0)
    # What came out. ``path`` is relative to the folder of files, and empty once the file is deleted.
    path = models.CharField(max_length=300, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    # A list of {"name": …, "sensitive": …} in file order.
    columns = models.JSONField(default=list)
    rows = models.BigIntegerField(null=True)
    bytes = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(null=True)
    # What the reader of the file should know: {"code": …, and what its sentence counts or names}.
    warnings = models.JSONField(default=list)
    # Table name to version, as read; set before it begins, the versions that are to be read once more.
    versions = models.JSONField(default=dict)
    # A list of {"at": ISO instant, "what": code, …} in order.
    log = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True)
    file_deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["state", "lane", "due_at"]),
            models.Index(fields=["-created_at", "-id"]),
            models.Index(fields=["requested_by", "-created_at"]),
            models.Index(fields=["expires_at"]),
        ]

    @property
    def sensitive_columns(self) -> list[str]:
        """The names of the file's sensitive columns."""
        return [column["name"] for column in self.columns if column["sensitive"]]

    def log_with(self, code: str, **details: Any) -> list[dict[str, Any]]:
        """The log with one more entry; ``code`` names a sentence of ``wording.states``."""
        at = timezone.now().isoformat(timespec="seconds")
        return [*self.log, {"at": at, "what": code, **details}]


class Preset(models.Model):
    """A request that a user keeps under a name, for one export."""

    id = models.CharField(primary_key=True, max_length=24, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="presets")
    export = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    request = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "export", "name"], name="one_preset_a_name")]

    def __str__(self) -> str:
        return self.name
