"""The journal of what is done here."""

from typing import Any, ClassVar, NoReturn

from django.db import models

from navette.control.ids import new_id


class Event(models.Model):
    """Something that somebody did; it is never changed or removed, which the database itself holds (migration 0002).

    ``who`` and ``user_id`` stay what they were, whatever becomes of the user; both are empty for what nobody did.
    ``details`` names what was done to what: columns, counts, hashes, recipients; never contents of records.
    """

    number = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=24, unique=True, default=new_id, editable=False)
    created_at = models.DateTimeField(db_index=True)
    name = models.CharField(max_length=60, db_index=True)
    user_id = models.CharField(max_length=24, blank=True, db_index=True)
    who = models.CharField(max_length=254, blank=True)
    address = models.GenericIPAddressField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"{self.name} {self.created_at:%Y-%m-%d %H:%M:%S}"

    def delete(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Refuse."""
        raise TypeError("the journal only grows.")
