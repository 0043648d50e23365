"""Settings > Users: who may sign in, with which role."""

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account.decorators import reauthentication_required
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from navette.automation.destinations import recipient_moved
from navette.control.granting import may_grant, require_grant, require_master
from navette.control.journal import record
from navette.control.models import Role, User
from navette.core.errors import RequestError
from navette.web.account.password_links import send_now
from navette.web.account.sessions import end_all
from navette.web.forms import give_choices
from navette.web.request import ConsoleRequest, permitted
from navette.wording.errors import sentence
from navette.work.password_links import link_mail, new_link

if TYPE_CHECKING:
    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm


class UserForm(UserModelForm):
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
            "email": gettext_lazy("They sign in with it, and their files go there."),
            "is_active": gettext_lazy("Without this the account is closed; what the user did stays known."),
        }

    def __init__(self, *arguments: Any, editor: User, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.editor = editor
        give_choices(self, editor.domain)
        roles = [(role.pk, role.label) for role in Role.objects.all() if may_grant(editor, role.permissions)]
        if self.instance._state.adding:
            del self.fields["is_active"]
            roles.insert(0, ("", _("Choose a role")))  # so that nobody gets a role by accident
        self.fields["role"].choices = roles  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        """Refuse an address that another user has, in whatever case."""
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another user has this e-mail address."))
        return email

    def clean_role(self) -> Role:
        """Refuse a role that the editor may not give, even where a forged form names it."""
        role: Role = self.cleaned_data["role"]
        require_grant(self.editor, role.permissions)
        return role

    def clean_is_active(self) -> bool:
        """Refuse to lock oneself out."""
        active = bool(self.cleaned_data["is_active"])
        if not active and self.instance == self.editor:
            raise forms.ValidationError(_("You cannot close your own account."))
        return active


@permitted("manage_users")
def users(request: ConsoleRequest) -> HttpResponseBase:
    """Everybody, by name."""
    everybody = User.objects.select_related("role").order_by("-is_active", "name", "email")
    return render(request, "settings/users.html", {"title": _("Users"), "users": everybody})


@permitted("manage_users")
def add_user(request: ConsoleRequest) -> HttpResponseBase:
    """Add somebody; the page that follows has the link with which they choose a password."""
    form = UserForm(request.POST or None, editor=request.user)
    if request.method == "POST" and form.is_valid():
        form.instance.set_unusable_password()
        added = form.save()
        record("user.created", request.actor, user=added.email, role=added.role.label)
        told = _("{name} is added. Now send them a link to choose a password.")
        messages.success(request, told.format(name=added.name))
        return redirect("user", added.pk)
    return render(request, "settings/user.html", {"title": _("Add a user"), "form": form})


@permitted("manage_users")
def user(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Change somebody, or close their account."""
    person = _changeable(request.user, key)
    form = UserForm(request.POST or None, instance=person, editor=request.user)
    if request.method == "POST" and form.is_valid() and _keep(form, request):
        messages.success(request, _("The changes are saved."))
        return redirect("users")
    return render(request, "settings/user.html", _page(person, form))


@require_POST
@permitted("manage_users")
@reauthentication_required  # type: ignore[untyped-decorator]
def password_link(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Make a link with which somebody else chooses a password: mail it, or show it once to be handed over."""
    person = _other(request.user, key)
    link = new_link(person)
    record("user.password_recovery_instructions_sent", request.actor, user=person.email)
    context = _page(person, UserForm(instance=person, editor=request.user))
    if "mail" not in request.POST:
        return render(request, "settings/user.html", {**context, "link": link})
    if not ratelimit.consume(request, app="allauth.account", action="password_link", key=person.email):
        messages.error(
            request,
            _("Several links were mailed to this address within an hour. Copy this one and pass it on yourself."),
        )
        return render(request, "settings/user.html", {**context, "link": link})
    if send_now(link_mail(person, link)):
        messages.success(request, _("The link was sent to {email}.").format(email=person.email))
        return redirect("user", person.pk)
    messages.error(request, _("The mail could not be sent. Here is the link, to be handed over in another way."))
    return render(request, "settings/user.html", {**context, "link": link})


@require_POST
@permitted("manage_users")
@reauthentication_required  # type: ignore[untyped-decorator]
def remove_second_factor(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Let somebody else who lost their second factor sign in without it."""
    person = _other(request.user, key)
    if Authenticator.objects.filter(user=person).delete()[0]:
        end_all(person)
        record("security.updated", request.actor, what="second_factor_removed", user=person.email)
        messages.success(request, _("{name} signs in without a second factor now.").format(name=person.name))
    return redirect("user", person.pk)


def _changeable(editor: User, key: str) -> User:
    """The user. Raises ForbiddenError where they may do more than who wants to change them."""
    person = get_object_or_404(User.objects.select_related("role"), pk=key)
    require_grant(editor, person.role.permissions)
    return person


def _other(editor: User, key: str) -> User:
    """The user. Raises as ``_changeable`` does, and RequestError where it is who asks."""
    person = _changeable(editor, key)
    if person == editor:
        raise RequestError(_("your own password and second factor are changed in your profile."))
    return person


def _keep(form: UserForm, request: ConsoleRequest) -> bool:
    """Save what the form says; where that may not be, the form says why.

    Sessions begun with another role, another address or before the account was closed end: all but the editor's own.
    """
    try:
        with transaction.atomic():
            former = User.objects.get(pk=form.instance.pk).email
            person = form.save()
            recipient_moved(former, person.email)
            require_master()
            if {"role", "email", "is_active"}.intersection(form.changed_data):
                end_all(person, but=request.session.session_key)
    except RequestError as error:
        form.add_error(None, sentence(error))
        return False
    if form.changed_data:
        details = {"user": person.email, "changed": form.changed_data, "role": person.role.label}
        record("user.updated", request.actor, **details, is_active=person.is_active)
    return True


def _page(person: User, form: UserForm) -> dict[str, Any]:
    # The person as stored: a form that was refused has changed its own instance.
    stored = User.objects.get(pk=person.pk)
    second_factor = Authenticator.objects.filter(user=stored).exists()
    return {"title": stored.name, "form": form, "person": person, "second_factor": second_factor}
