"""Runs, their deliveries, and the requests that users keep."""

from datetime import timedelta
from typing import ClassVar

from django.db import models

from navette.control.ids import new_id
from navette.control.models.accounts import User
from navette.control.models.tasks import Destination, TaskSlot
from navette.control.models.work import Work


class Run(Work):
    """One execution of a request. ``request`` is ``control.requests.SavedRequest`` as plain values."""

    LEASED: ClassVar[tuple[str, ...]] = ("running", "writing")
    STATES: ClassVar[tuple[str, ...]] = ("queued", "running", "writing", "delivering", "done", "failed", "cancelled")
    ENDED: ClassVar[tuple[str, ...]] = ("done", "failed", "cancelled")

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


class Delivery(Work):
    """One file's going to one recipient. State ``unknown``: handed over, but nobody knows whether it was taken."""

    LEASED: ClassVar[tuple[str, ...]] = ("sending",)
    STATES: ClassVar[tuple[str, ...]] = ("queued", "sending", "done", "failed", "unknown", "cancelled")
    ENDED: ClassVar[tuple[str, ...]] = ("done", "failed", "unknown", "cancelled")
    RETRIES: ClassVar[int] = 12  # in about five hours

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=10, default="email")
    # Whom the mail is for; and the address that it went, or last tried to go, to: theirs at that moment.
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    recipient = models.CharField(max_length=254)
    # Whether the mail carries a link because the file is too large for it; null until that is known.
    as_link = models.BooleanField(null=True)
    message_id = models.CharField(max_length=200, blank=True)
    delivered_at = models.DateTimeField(null=True)
    link_expires_at = models.DateTimeField(null=True)
    link_revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [models.Index(fields=["state", "lane", "due_at"])]


class TaskDelivery(Work):
    """A slot's files going to one of its task's destinations, all of them together."""

    LEASED: ClassVar[tuple[str, ...]] = ("sending",)
    STATES: ClassVar[tuple[str, ...]] = ("queued", "sending", "done", "failed", "cancelled")
    ENDED: ClassVar[tuple[str, ...]] = ("done", "failed", "cancelled")
    RETRIES: ClassVar[int] = 12  # in about five hours
    PATIENCE: ClassVar[timedelta | None] = timedelta(hours=6)  # those that waited for their turn so long fail at once

    slot = models.ForeignKey(TaskSlot, on_delete=models.PROTECT, related_name="deliveries")
    destination = models.ForeignKey(Destination, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    # Where it goes (``automation.destinations.PlannedDestination``), and as people read it.
    planned = models.JSONField(default=dict)
    target = models.TextField()
    bytes_done = models.BigIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        verbose_name_plural = "task deliveries"
        indexes: ClassVar = [models.Index(fields=["state", "lane", "due_at"])]


class Notice(Work):
    """A mail without a file: something that a user should know, in their language."""

    LEASED: ClassVar[tuple[str, ...]] = ("sending",)
    STATES: ClassVar[tuple[str, ...]] = ("queued", "sending", "done", "failed", "unknown", "cancelled")
    ENDED: ClassVar[tuple[str, ...]] = ("done", "failed", "unknown", "cancelled")
    RETRIES: ClassVar[int] = 12  # in about five hours

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [models.Index(fields=["state", "lane", "due_at"])]


class PasswordRequest(Work):
    """Somebody typed an address to get a link for a new password. Whether a user has it, a worker finds out."""

    LEASED: ClassVar[tuple[str, ...]] = ("sending",)
    STATES: ClassVar[tuple[str, ...]] = ("queued", "sending", "done", "failed", "cancelled")
    ENDED: ClassVar[tuple[str, ...]] = ("done", "failed", "cancelled")
    RETRIES: ClassVar[int] = 12
    PATIENCE: ClassVar[timedelta | None] = timedelta(hours=1)

    email = models.CharField(max_length=254)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["state", "lane", "due_at"]),
            models.Index(fields=["email", "finished_at"]),
        ]


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
