"""What a worker does: a row with a lease, a fence and a checkpoint (see ``work.queue``)."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from navette.control.ids import new_id

QUEUED, FAILED, CANCELLED, UNKNOWN = "queued", "failed", "cancelled", "unknown"


class Lane(models.TextChoices):
    """Small work never waits behind large work: each lane has workers of its own."""

    QUICK = "quick"
    BULK = "bulk"


class Work(models.Model):
    """A piece of work. Its worker holds a lease until ``lease_until`` and extends it as long as it lives.

    ``owner`` and ``attempt`` together are the fence: every write of a worker names both, and one whose work was given
    to another meanwhile changes nothing. ``deaths`` counts the workers whose lease ran out.
    """

    LEASED: ClassVar[tuple[str, ...]] = ()
    """The states in which a worker has it, the one that a claim gives first."""

    RETRIES: ClassVar[int] = 5
    """How often it is tried that something outside made fail."""

    PATIENCE: ClassVar[timedelta | None] = None
    """How long after it was made it is still tried again; without end where it is None."""

    id = models.CharField(primary_key=True, max_length=24, default=new_id, editable=False)
    state = models.CharField(max_length=12, default=QUEUED)
    lane = models.CharField(max_length=5, choices=Lane.choices, default=Lane.QUICK)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    owner = models.CharField(max_length=60, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    checkpoint = models.JSONField(default=dict)
    # One sentence for people; the code of a known one is translated on screen.
    error = models.TextField(blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"


class Chore(models.Model):
    """Something that is done again and again by whichever worker comes first (see ``work.chores``)."""

    name = models.CharField(primary_key=True, max_length=40)
    due_at = models.DateTimeField(default=timezone.now)
    checkpoint = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name
