"""Work: a row with a lease, a fence and a checkpoint (see ``work.queue``)."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from navette.control.ids import new_id
from navette.core.messages import Message

QUEUED, FAILED, CANCELLED = "queued", "failed", "cancelled"
"""The states that all work has."""


class Lane(models.TextChoices):
    """Small work never waits behind large work: each lane has workers of its own.

    Runs are in QUICK or BULK, deliveries in MAIL or FILES.
    """

    QUICK = "quick"
    BULK = "bulk"
    MAIL = "mail"
    FILES = "files"


class MessageField(models.JSONField):
    """A ``core.messages.Message``, as JSON."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Message | None:
        """The message that was stored."""
        stored = super().from_db_value(value, expression, connection)
        return None if stored is None else Message.from_json(stored)

    def get_prep_value(self, value: Any) -> Any:
        """The message as plain values."""
        if isinstance(value, str):
            raise TypeError(f"{self.name} is a message, not a text.")
        return super().get_prep_value(value.to_json() if isinstance(value, Message) else value)

    def deconstruct(self) -> Any:
        """As migrations know it: plain values."""
        name, _path, arguments, keywords = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, keywords


class Work(models.Model):
    """A piece of work. Its worker holds a lease until ``lease_until`` and extends it as long as it lives.

    ``owner`` and ``attempt`` together are the fence: every write of a worker names both, and one whose work was given
    to another meanwhile changes nothing. ``deaths`` counts the workers whose lease ran out.
    """

    LEASED: ClassVar[tuple[str, ...]] = ()
    """The states of claimed work, first the one that a claim sets."""

    RETRIES: ClassVar[int] = 5
    """How often work is retried after an outside failure."""

    NEXT: ClassVar[Mapping[str, Collection[str]]] = {}
    """The states that may follow each state. A worker that takes over work starts it again."""

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
    # Why its last attempt failed; None where it did not.
    error = MessageField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"

    @property
    def patience(self) -> timedelta | None:
        """How long after it was queued it is still retried; None for no limit."""
        return None

    @property
    def failed_state(self) -> str:
        """The state of work that ends with an error."""
        return FAILED

    def failure(self, why: Message) -> Message:
        """What people read of work that ends with that error."""
        return why

    @classmethod
    def leased_before(cls, state: str) -> list[str]:
        """The states of work in a worker's hands that may change to this one. Raises ValueError where none may."""
        former = [leased for leased in cls.LEASED if state == leased or state in cls.NEXT[leased]]
        if not former:
            raise ValueError(f"{cls.__name__} never becomes {state} in a worker's hands")
        return former


class Chore(models.Model):
    """A recurring chore, done by whichever worker comes first (see ``work.chores``)."""

    name = models.CharField(primary_key=True, max_length=40)
    due_at = models.DateTimeField(default=timezone.now)
    checkpoint = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name
