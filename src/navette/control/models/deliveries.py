"""The outbox: everything that leaves the installation, from a run's file to a link with which to choose a password."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from navette.control.models.accounts import User
from navette.control.models.runs import Run
from navette.control.models.tasks import Destination, TaskSlot
from navette.control.models.work import Lane, Work
from navette.core.messages import Message, message

HANDED_OVER = "handed_over"
"""In a mail's checkpoint: from then on, the mail server may have accepted it."""


class Payload(models.TextChoices):
    """What a delivery contains."""

    RUN = "run"
    SLOT = "slot"
    NOTICE = "notice"
    PASSWORD_LINK = "password_link"  # noqa: S105  # no secret


class Delivery(Work):
    """One payload on its way to one destination.

    A run's file goes to a person by mail, and so do a notice, and a link with which somebody chooses a password: its
    secret is made when it is sent, and kept nowhere. A slot's files go to a server or a folder, all of them together.
    """

    class State(models.TextChoices):
        """How far it is. UNKNOWN: a mail was handed over, but the server never confirmed it."""

        QUEUED = "queued"
        SENDING = "sending"
        DONE = "done"
        FAILED = "failed"
        UNKNOWN = "unknown"
        CANCELLED = "cancelled"

    NEXT: ClassVar = {
        State.QUEUED: {State.SENDING, State.CANCELLED},
        State.SENDING: {State.QUEUED, State.DONE, State.FAILED, State.UNKNOWN, State.CANCELLED},
        State.DONE: set(),
        # Sent again: a slot's files as the same delivery, a mail as another one that takes its place.
        State.FAILED: {State.QUEUED, State.CANCELLED},
        State.UNKNOWN: {State.CANCELLED},
        State.CANCELLED: {State.QUEUED},
    }
    LEASED: ClassVar[tuple[str, ...]] = (State.SENDING,)
    ENDED: ClassVar[tuple[str, ...]] = (State.DONE, State.FAILED, State.UNKNOWN, State.CANCELLED)
    RETRIES: ClassVar[int] = 12  # in about five hours
    PATIENCE: ClassVar[dict[str, timedelta]] = {
        Payload.SLOT: timedelta(hours=6),  # those that waited for their turn so long fail at once
        Payload.PASSWORD_LINK: timedelta(hours=1),
    }
    """How long after it was queued a delivery is still retried; other payloads have no limit."""

    lane = models.CharField(max_length=5, choices=Lane.choices, default=Lane.MAIL)
    payload = models.CharField(max_length=13, choices=Payload.choices, default=Payload.RUN)
    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="deliveries")
    slot = models.ForeignKey(TaskSlot, null=True, on_delete=models.PROTECT, related_name="deliveries")
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)

    # Where it goes: the kind, the task's destination and what was planned of it (``automation.destinations``), and how
    # people read it. Of a mail, the address that it went, or last tried to go, to: its person's at that moment.
    kind = models.CharField(max_length=10, default="email")
    destination = models.ForeignKey(Destination, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    planned = models.JSONField(default=dict)
    target = models.TextField()
    # Whom a mail is for. Whether an address that somebody typed is a user's, the worker finds out.
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    bytes_done = models.BigIntegerField(default=0)
    message_id = models.CharField(max_length=200, blank=True)
    # Whether the mail carries a link because the file is too large for it; null until that is known.
    as_link = models.BooleanField(null=True)
    delivered_at = models.DateTimeField(null=True)
    link_expires_at = models.DateTimeField(null=True)
    link_revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            models.Index(fields=["state", "lane", "due_at"]),
            models.Index(fields=["payload", "target"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="payload_is_there",
                condition=Q(payload=Payload.RUN, run__isnull=False)
                | Q(payload=Payload.SLOT, run=None, slot__isnull=False)
                | Q(payload__in=(Payload.NOTICE, Payload.PASSWORD_LINK), run=None, slot=None),
            )
        ]

    @property
    def mailed_run(self) -> Run:
        """The run whose file it contains. Raises TypeError for another payload."""
        if self.run is None:
            raise TypeError(f"{self} brings no run's file")
        return self.run

    @property
    def patience(self) -> timedelta | None:
        """See ``PATIENCE``."""
        return self.PATIENCE.get(self.payload)

    @property
    def failed_state(self) -> str:
        """UNKNOWN for a mail that was handed over, because the server may have accepted it."""
        return self.State.UNKNOWN if HANDED_OVER in self.checkpoint else self.State.FAILED

    def failure(self, why: Message) -> Message:
        """Ask for care with a mail that was handed over, because the server may have accepted it."""
        if HANDED_OVER not in self.checkpoint:
            return why
        return message(
            "{problem} The mail server may have accepted the e-mail: ask the recipient before you resend it.",
            problem=why,
        )
