"""Automated exports: tasks, where their files go, and the slots at which they were due.

``wording.tasks`` and ``wording.states`` say what people call the values of these choices.
"""

from datetime import time
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from navette.control.ids import new_id
from navette.control.models.accounts import User
from navette.formats import FOR_PROGRAMS


class Frequency(models.TextChoices):
    """How often a task is due, by the clocks of its time zone."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CRON = "cron"


class CatchUp(models.TextChoices):
    """Which of the slots that passed while no scheduler ran are run afterwards."""

    ALL = "all"
    LAST = "last"
    NONE = "none"


class Empty(models.TextChoices):
    """What becomes of files without rows."""

    SEND = "send"
    SKIP = "skip"


class Paused(models.TextChoices):
    """Why a task is off, other than by hand."""

    FAILURES = "failures"
    PLAN = "plan"
    OWNER = "owner"


class Task(models.Model):
    """An automated export. ``exports`` is a list of {"export", "period", "by", "fields"} in order."""

    id = models.CharField(primary_key=True, max_length=24, default=new_id, editable=False)
    label = models.CharField(max_length=100)
    # Runs are theirs: what they may not have, the task does not get.
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tasks")
    is_on = models.BooleanField(default=True)
    paused = models.CharField(max_length=10, blank=True, choices=Paused.choices)

    frequency = models.CharField(max_length=10, choices=Frequency.choices, default=Frequency.DAILY)
    at = models.TimeField(default=time(4))
    cron = models.CharField(max_length=100, blank=True)
    # Empty: the domain's.
    timezone = models.CharField(max_length=60, blank=True)
    # The next slot; None while the task is off.
    due_at = models.DateTimeField(null=True)
    catch_up = models.CharField(max_length=5, choices=CatchUp.choices, default=CatchUp.ALL)

    exports = models.JSONField(default=list)
    format = models.CharField(max_length=10, default=FOR_PROGRAMS)
    zipped = models.BooleanField(default=False)
    file_name_pattern = models.CharField(max_length=150, default="{{label}}_{{year}}_{{month}}_{{day}}_{{export_name}}")
    empty = models.CharField(max_length=5, choices=Empty.choices, default=Empty.SEND)
    manifest = models.BooleanField(default=False)
    checksums = models.BooleanField(default=False)

    expected_by = models.TimeField(null=True, blank=True)
    minimum_rows = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    # Slots that failed since the last one that did not.
    failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # Its slots and runs stay in the history.
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["label", "id"]
        indexes: ClassVar = [models.Index(fields=["due_at"])]

    def __str__(self) -> str:
        return self.label

    @property
    def has_cron_line(self) -> bool:
        """Whether it follows a cron expression."""
        return self.frequency == Frequency.CRON


class Destination(models.Model):
    """Where a task's files go. ``settings`` are those of its kind (``destinations.DESTINATIONS``)."""

    id = models.CharField(primary_key=True, max_length=24, default=new_id, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="destinations")
    kind = models.CharField(max_length=10, default="sftp")
    settings = models.JSONField(default=dict)
    # Those that an administrator accepted, as in "ssh-ed25519 AAAA…"; and another one that the server showed instead.
    host_keys = models.JSONField(default=list)
    offered_host_key = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class TaskSlot(models.Model):
    """One time that a task was due, or run apart from its schedule: its runs, and their files' deliveries."""

    class Origin(models.TextChoices):
        """Why it was run. TOO_EARLY: by a clock that was ahead."""

        SCHEDULE = "schedule"
        CATCH_UP = "catch_up"
        BY_HAND = "by_hand"
        BACKFILL = "backfill"
        REPLAY = "replay"
        TOO_EARLY = "too_early"

    class State(models.TextChoices):
        """How far it is."""

        RUNNING = "running"
        DELIVERING = "delivering"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        SKIPPED = "skipped"

    OF_SCHEDULE: ClassVar = (Origin.SCHEDULE, Origin.CATCH_UP)
    """The origins of slots of the task's schedule, each instant once."""
    GOING_ON: ClassVar = (State.RUNNING, State.DELIVERING)
    TELLING: ClassVar = (State.DONE, State.FAILED)
    """The states that show whether a task works."""

    id = models.CharField(primary_key=True, max_length=24, default=new_id, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="slots")
    at = models.DateTimeField()
    # The day of the schedule that its windows are counted from.
    day = models.DateField()
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.SCHEDULE)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    # Of the archive, where the files go in one.
    file_name = models.CharField(max_length=200, blank=True)
    # As the task was when the slot was planned: where its files go (``automation.destinations.PlannedDestination``),
    # and how ("empty", "manifest", "checksums").
    destinations = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    # What its reader should know: {"code": …, and what its sentence counts or names}.
    warnings = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at", "-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=fields) for fields in (["state"], ["task", "-at"], ["at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["task", "at"], condition=models.Q(origin__in=["schedule", "catch_up"]), name="one_run_a_slot"
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.at:%Y-%m-%d %H:%M}"


class KeyPair(models.Model):
    """A key pair of ours for SSH: the private half encrypted, the public half as one line."""

    id = models.CharField(primary_key=True, max_length=24, default=new_id, editable=False)
    kind = models.CharField(max_length=10)
    public = models.TextField()
    fingerprint = models.CharField(max_length=60)
    private = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    # From then on it is only tried after the newer ones, until somebody removes it.
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.fingerprint
