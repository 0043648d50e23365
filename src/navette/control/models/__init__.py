"""The tables of the control database."""

from navette.control.models.accounts import Role, User
from navette.control.models.domain import Domain, Extension
from navette.control.models.journal import Event
from navette.control.models.runs import Delivery, Notice, PasswordRequest, Preset, Run, TaskDelivery
from navette.control.models.tasks import CatchUp, Destination, Empty, Frequency, KeyPair, Paused, Task, TaskSlot
from navette.control.models.work import Chore, Work

__all__ = [
    "CatchUp",
    "Chore",
    "Delivery",
    "Destination",
    "Domain",
    "Empty",
    "Event",
    "Extension",
    "Frequency",
    "KeyPair",
    "Notice",
    "PasswordRequest",
    "Paused",
    "Preset",
    "Role",
    "Run",
    "Task",
    "TaskDelivery",
    "TaskSlot",
    "User",
    "Work",
]
