"""The tables of the control database."""

from navette.control.models.accounts import Role, User
from navette.control.models.deliveries import Delivery, Payload
from navette.control.models.domain import Domain, Extension
from navette.control.models.journal import Event
from navette.control.models.runs import Preset, Run
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
    "Paused",
    "Payload",
    "Preset",
    "Role",
    "Run",
    "Task",
    "TaskSlot",
    "User",
    "Work",
]
