"""The one table of the console's addresses: each area has its own below."""

from django.urls import include, path

from navette.web import health
from navette.web.account import profile

urlpatterns = [
    path("", profile.home, name="home"),
    path("digital/exports/", include("navette.web.exports.urls")),
    path("digital/", include("navette.web.runs.urls")),
    path("digital/automated/", include("navette.web.automation.urls")),
    path("settings/", include("navette.web.settings.urls")),
    path("profile/", profile.profile, name="profile"),
    path("language/", profile.language, name="language"),
    path("account/", include("navette.web.account.urls")),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
]

handler400 = "navette.web.errors.bad_request"
handler403 = "navette.web.errors.forbidden"
handler404 = "navette.web.errors.not_found"
handler500 = "navette.web.errors.failed"
