"""Settings > Roles: what each permits."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from navette.control.errors import ForbiddenError
from navette.control.granting import may_grant, require_grant
from navette.control.models import Role, User
from navette.control.permissions import PERMISSIONS, Permission
from navette.core.alphabetical import folded
from navette.core.errors import RequestError
from navette.services import roles
from navette.web.forms import SharedForm, submitted
from navette.web.request import ConsoleRequest, permitted
from navette.wording.errors import sentence

if TYPE_CHECKING:
    RoleModelForm = forms.ModelForm[Role]
else:
    RoleModelForm = forms.ModelForm


@dataclass(frozen=True)
class Line:
    """A permission in the form: whether the role has it, and whether who edits may change that."""

    permission: Permission
    checked: bool
    grantable: bool


class RoleForm(SharedForm, RoleModelForm):
    """A role. ``editor`` may add only permissions that they have themselves."""

    permissions = forms.MultipleChoiceField(
        required=False, choices=lambda: [(name, permission.label) for name, permission in PERMISSIONS.items()]
    )

    class Meta:
        model = Role
        fields: ClassVar = ["label", "permissions"]
        labels: ClassVar = {"label": gettext_lazy("Name")}

    def __init__(self, *arguments: Any, editor: User, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.editor = editor

    @property
    def lines(self) -> list[Line]:
        """Every permission, in the order of their declaration."""
        chosen = self["permissions"].value() or []
        return [
            Line(permission, name in chosen, may_grant(self.editor, [name])) for name, permission in PERMISSIONS.items()
        ]

    def validate_unique(self) -> None:
        """Leave it to the service to say that another role has the name."""


@permitted("manage_roles")
def list_roles(request: ConsoleRequest) -> HttpResponseBase:
    """Every role, and how many have it."""
    counted = sorted(Role.objects.annotate(people=Count("users")), key=lambda role: folded(role.label))
    return render(request, "settings/roles.html", {"title": _("Roles"), "roles": counted, "all": len(PERMISSIONS)})


@permitted("manage_roles")
def add_role(request: ConsoleRequest) -> HttpResponseBase:
    """Add a role."""
    form = RoleForm(request.POST or None, editor=request.user)
    if submitted(form, lambda: roles.add(request.actor, **form.cleaned_data)):
        messages.success(request, _("Role added."))
        return redirect("roles")
    return render(request, "settings/role.html", {"title": _("Add a role"), "form": form})


@permitted("manage_roles")
def role(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Change a role, for everybody who has it."""
    changed = _changeable(request.user, key)
    label = changed.label
    form = RoleForm(request.POST or None, instance=changed, editor=request.user)
    if submitted(form, lambda: roles.change(request.actor, changed, **form.cleaned_data)):
        messages.success(request, _("Changes saved."))
        return redirect("roles")
    people = changed.users.count()
    return render(request, "settings/role.html", {"title": label, "form": form, "role": changed, "people": people})


@permitted("manage_roles")
def delete_role(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Ask, then delete a role that nobody has."""
    unwanted = _changeable(request.user, key)
    if request.method != "POST":
        return render(request, "settings/role_delete.html", {"title": _("Delete a role"), "role": unwanted})
    try:
        roles.delete(request.actor, unwanted)
    except ForbiddenError:
        raise
    except RequestError as error:
        messages.error(request, sentence(error))
        return redirect("role", key)
    messages.success(request, _("Role deleted."))
    return redirect("roles")


def _changeable(editor: User, key: str) -> Role:
    """The role. Raises ForbiddenError where it permits more than who wants to change it may do."""
    role = get_object_or_404(Role, pk=key)
    require_grant(editor, role.permissions)
    return role
