"""The one table of the console's addresses."""

from allauth.account import views as account
from allauth.socialaccount import views as social
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from navette.web import health
from navette.web.account import profile
from navette.web.data import connectors
from navette.web.settings import domain, extensions, journal, roles, users

# Of allauth's pages only those that are for our users: no sign-up, no other e-mail address than the administrator's.
ACCOUNT = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("closed/", account.account_inactive, name="account_inactive"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/kept/",
        login_not_required(RedirectView.as_view(pattern_name="account_login")),
        name="account_reset_password_from_key_done",
    ),
    path("second-factor/", include("allauth.mfa.urls")),
    path("provider/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("provider/error/", social.login_error, name="socialaccount_login_error"),
    path("provider/", include("allauth.socialaccount.providers.openid_connect.urls")),
]

SETTINGS = [
    path("domain/", domain.domain, name="domain"),
    path("users/", users.users, name="users"),
    path("users/add/", users.add_user, name="add_user"),
    path("users/<str:key>/", users.user, name="user"),
    path("users/<str:key>/link/", users.password_link, name="password_link"),
    path("users/<str:key>/second-factor/", users.remove_second_factor, name="remove_second_factor"),
    path("roles/", roles.roles, name="roles"),
    path("roles/add/", roles.add_role, name="add_role"),
    path("roles/<str:key>/", roles.role, name="role"),
    path("roles/<str:key>/delete/", roles.delete_role, name="delete_role"),
    path("connectors/", connectors.connectors, name="connectors"),
    path("extensions/", extensions.extensions, name="extensions"),
    path("extensions/add/", extensions.add_extension, name="add_extension"),
    path("extensions/<str:name>/remove/", extensions.remove_extension, name="remove_extension"),
    path("journal/", journal.journal, name="journal"),
]

urlpatterns = [
    path("", profile.home, name="home"),
    path("digital/", include("navette.web.exports.urls")),
    path("digital/automated/", include("navette.web.automation.urls")),
    path("settings/", include(SETTINGS)),
    path("profile/", profile.profile, name="profile"),
    path("language/", profile.language, name="language"),
    path("account/", include(ACCOUNT)),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
]

handler400 = "navette.web.errors.bad_request"
handler403 = "navette.web.errors.forbidden"
handler404 = "navette.web.errors.not_found"
handler500 = "navette.web.errors.failed"
