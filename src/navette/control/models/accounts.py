"""Users and roles."""

from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from navette.control.ids import new_id
from navette.control.models.domain import Domain
from navette.core.zones import first_known


class Role(models.Model):
    """A set of permissions; every user has one role."""

    id = models.CharField(primary_key=True, max_length=24, default=new_id, editable=False)
    label = models.CharField(_("name"), max_length=100, unique=True)
    # Names of control.permissions.PERMISSIONS.
    permissions = models.JSONField(_("permissions"), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["label"]

    def __str__(self) -> str:
        return self.label


class UserManager(BaseUserManager["User"]):
    """Makes users; addresses are kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new user, saved; without a password one who cannot sign in with one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """Somebody who may sign in. An empty locale or time zone is the domain's."""

    id = models.CharField(primary_key=True, max_length=24, default=new_id, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, verbose_name=_("role"), related_name="users")
    locale = models.CharField(_("language"), max_length=10, blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering: ClassVar = ["name", "email"]

    def __str__(self) -> str:
        return self.name

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save, the address in lower case."""
        self.email = self.email.strip().lower()
        super().save(*arguments, **options)

    def may(self, permission: str) -> bool:
        """Whether the account is open and its role permits that."""
        return self.is_active and permission in self.role.permissions

    @cached_property
    def domain(self) -> Domain:
        """The domain's settings, read once for this object; a request gives its user those that it has read."""
        return Domain.current()

    @property
    def language(self) -> str:
        """The locale of what the user reads: their own, else the domain's."""
        return self.locale or self.domain.locale

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of what the user reads: their own, else the domain's."""
        return first_known(self.timezone, self.domain.timezone)
