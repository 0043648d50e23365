"""The domain's settings, and the extensions that are on."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Domain(models.Model):
    """The one contact centre of this installation."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=100, default="Navette")
    locale = models.CharField(_("language"), max_length=10, default="en")
    timezone = models.CharField(_("time zone"), max_length=60, default="UTC")
    # 0 is Monday, as in Python's date.weekday().
    first_day_of_week = models.PositiveSmallIntegerField(
        _("first day of the week"), default=0, validators=[MaxValueValidator(6)]
    )
    export_in_seconds = models.BooleanField(_("export durations in seconds"), default=False)
    retention_days = models.PositiveSmallIntegerField(
        _("days that files are kept"), default=30, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )
    link_days = models.PositiveSmallIntegerField(
        _("days that links in e-mails work"), default=7, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )
    # With the variables of ``control.run_file_names``.
    file_name_pattern = models.CharField(
        _("pattern of file names"), max_length=150, default="{{export_name}}_{{year}}-{{month}}-{{day}}"
    )
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save; there is only one."""
        self.pk = 1
        super().save(*arguments, **options)

    @classmethod
    def current(cls) -> "Domain":
        """The domain's settings, the defaults where nobody set any yet."""
        return cls.objects.filter(pk=1).first() or cls()


class Extension(models.Model):
    """An extension that is on; see ``control.extensions.EXTENSIONS``."""

    name = models.CharField(primary_key=True, max_length=50)
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = models.ForeignKey("control.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
