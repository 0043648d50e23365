"""The tables of the control database."""

from navette.control.models.accounts import Role, User
from navette.control.models.domain import Domain, Extension
from navette.control.models.journal import Event
from navette.control.models.runs import Delivery, Preset, Run
from navette.control.models.work import Chore, Work

__all__ = ["Chore", "Delivery", "Domain", "Event", "Extension", "Preset", "Role", "Run", "User", "Work"]
