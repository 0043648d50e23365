"""Settings > Users: who may sign in, with which role."""

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from navette.control.granting import may_grant, require_grant
from navette.control.models import Delivery, Payload, Role, User
from navette.control.shown_states import delivery_state
from navette.core.alphabetical import folded
from navette.services import users
from navette.services.users import UserValues
from navette.web.forms import SharedForm, give_choices, submitted
from navette.web.request import ConsoleRequest, permitted
from navette.wording.errors import sentence
from navette.wording.states import DELIVERY_STATES

if TYPE_CHECKING:
    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm


class UserForm(SharedForm, UserModelForm):
    """A user, as an administrator changes them. ``editor`` may give only roles that permit no more than their own."""

    locale = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    class Meta:
        model = User
        fields: ClassVar = ["name", "email", "role", "locale", "timezone", "is_active"]
        labels: ClassVar = {
            "name": gettext_lazy("Name"),
            "email": gettext_lazy("E-mail address"),
            "role": gettext_lazy("Role"),
            "is_active": gettext_lazy("May sign in"),
        }
        help_texts: ClassVar = {
            "email": gettext_lazy("Used to sign in and to receive files."),
            "is_active": gettext_lazy("Untick to close the account; its history is kept."),
        }

    def __init__(self, *arguments: Any, editor: User, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.editor = editor
        give_choices(self, editor.domain)
        roles = [(role.pk, role.label) for role in _roles() if may_grant(editor, role.permissions)]
        if self.instance._state.adding:
            del self.fields["is_active"]
            roles.insert(0, ("", _("Choose a role")))  # so that nobody gets a role by accident
        self.fields["role"].choices = roles  # type: ignore[attr-defined]

    def validate_unique(self) -> None:
        """Leave it to the service to say that another user has the address."""

    @property
    def values(self) -> UserValues:
        """What a valid form says."""
        return UserValues(**self.cleaned_data | {"role": self.cleaned_data["role"].pk})


def _roles() -> list[Role]:
    return sorted(Role.objects.all(), key=lambda role: folded(role.label))


@permitted("manage_users")
def list_users(request: ConsoleRequest) -> HttpResponseBase:
    """Everybody, by name."""
    people = User.objects.select_related("role")
    by_name = sorted(people, key=lambda person: (not person.is_active, folded(person.name), person.email))
    return render(request, "settings/users.html", {"title": _("Users"), "users": by_name})


@permitted("manage_users")
def add_user(request: ConsoleRequest) -> HttpResponseBase:
    """Add somebody; the page that follows has the link with which they choose a password."""
    form = UserForm(request.POST or None, editor=request.user)
    if added := submitted(form, lambda: users.add(request.actor, form.values)):
        text = _("{name} has been added. Now send them a link to choose a password.")
        messages.success(request, text.format(name=added.name))
        return redirect("user", added.pk)
    return render(request, "settings/user.html", {"title": _("Add a user"), "form": form})


@permitted("manage_users")
def user(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Change somebody, or close their account."""
    person = _changeable(request.user, key)
    form = UserForm(request.POST or None, instance=person, editor=request.user)
    if submitted(form, lambda: _change(request, person, form)):
        messages.success(request, _("Changes saved."))
        return redirect("users")
    return render(request, "settings/user.html", _page(person, form))


@require_POST
@permitted("manage_users")
def password_link(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Mail a link with which somebody else chooses a password, or show it once, to be passed on."""
    person = _changeable(request.user, key)
    if "mail" in request.POST:
        if users.mail_password_link(request.actor, person):
            messages.success(request, _("The link is being sent to {email}.").format(email=person.email))
            return redirect("user", person.pk)
        messages.error(
            request,
            _("Several links were sent to this address within an hour. Copy this one and pass it on yourself."),
        )
    link = users.make_password_link(request.actor, person)
    page = _page(person, UserForm(instance=person, editor=request.user))
    return render(request, "settings/user.html", {**page, "link": link})


@require_POST
@permitted("manage_users")
def remove_second_factor(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Let somebody else who lost their second factor sign in without it."""
    person = _changeable(request.user, key)
    if users.remove_second_factor(request.actor, person):
        messages.success(request, _("{name} can now sign in without a second factor.").format(name=person.name))
    return redirect("user", person.pk)


def _changeable(editor: User, key: str) -> User:
    """The user. Raises ForbiddenError where they may do more than who wants to change them."""
    person = get_object_or_404(User.objects.select_related("role"), pk=key)
    require_grant(editor, person.role.permissions)
    return person


def _change(request: ConsoleRequest, person: User, form: UserForm) -> User:
    return users.change(request.actor, person, form.values, session_kept=request.session.session_key)


def _page(person: User, form: UserForm) -> dict[str, Any]:
    # The person as stored: a form that was refused has changed its own instance.
    stored = User.objects.get(pk=person.pk)
    second_factor = Authenticator.objects.filter(user=stored).exists()
    context = {"title": stored.name, "form": form, "person": person, "second_factor": second_factor}
    return {**context, "mailed_link": _mailed_link(stored)}


def _mailed_link(person: User) -> dict[str, Any] | None:
    """The last link that was mailed to somebody at an administrator's request, and what became of it."""
    delivery = Delivery.objects.filter(payload=Payload.PASSWORD_LINK, person=person).last()
    if delivery is None:
        return None
    state = delivery_state(delivery)
    error = sentence(delivery.error) if delivery.error else ""
    return {"delivery": delivery, "shown": state, "state": DELIVERY_STATES[state], "error": error}
