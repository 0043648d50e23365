"""What a user sees and changes of their own: where they start, their profile, their language."""

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from navette.control.models import Domain, User
from navette.control.permissions import PERMISSIONS
from navette.services.profile import change
from navette.web.context import entries_for
from navette.web.forms import give_choices, submitted
from navette.web.request import ConsoleRequest
from navette.wording.reader import reader_of

if TYPE_CHECKING:
    ProfileModelForm = forms.ModelForm[User]
else:
    ProfileModelForm = forms.ModelForm


def home(request: ConsoleRequest) -> HttpResponseBase:
    """The first page of the navigation that the user may see."""
    entries = entries_for(request.user)
    return redirect(entries[0].address if entries else "profile")


class ProfileForm(ProfileModelForm):
    """What users choose for themselves."""

    locale = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    class Meta:
        model = User
        fields: ClassVar = ["locale", "timezone"]

    def __init__(self, *arguments: Any, domain: Domain, **options: Any) -> None:
        super().__init__(*arguments, **options)
        give_choices(self, domain)


def profile(request: ConsoleRequest) -> HttpResponseBase:
    """The user's own account: language and time zone, password, second factor, what their role permits."""
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk), domain=request.domain)
    if user := submitted(form, lambda: change(request.actor, **form.cleaned_data)):
        with reader_of(user).active():  # already the language of the next page
            messages.success(request, _("Changes saved."))
        return redirect("profile")
    context = {
        "title": _("Your profile"),
        "form": form,
        "second_factor": is_mfa_enabled(request.user),
        "permissions": [permission for name, permission in PERMISSIONS.items() if request.user.may(name)],
    }
    return render(request, "account/profile.html", context)


@login_not_required
@require_POST
def language(request: ConsoleRequest) -> HttpResponse:
    """Change the language, and go back: of a user for good, before sign-in for this browser."""
    chosen = request.POST.get("language", "")
    response = redirect(_back(request))
    if chosen not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        change(request.actor, locale=chosen)
    else:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    return response


def _back(request: HttpRequest) -> str:
    page = request.POST.get("next", "")
    return page if url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()) else "/"
