"""The addresses of runs, their files and deliveries; included under ``digital/``."""

from django.urls import path

from navette.web.runs import files
from navette.web.runs import views as runs

urlpatterns = [
    path("runs/", runs.runs, name="runs"),
    path("runs/<str:key>/", runs.run, name="run"),
    path("runs/<str:key>/again/", runs.again, name="run_again"),
    path("runs/<str:key>/cancel/", runs.cancel, name="cancel_run"),
    path("runs/<str:key>/file", files.run_file, name="run_file"),
    path("deliveries/<str:key>/file", files.run_link, name="run_link"),
    path("deliveries/<str:key>/retry/", runs.retry, name="retry_delivery"),
    path("deliveries/<str:key>/revoke/", runs.revoke, name="revoke_link"),
]
