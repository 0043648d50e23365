"""The addresses of runs, their files and deliveries; included under ``digital/``."""

from django.urls import path

from navette.web.runs import files, views

urlpatterns = [
    path("runs/", views.list_runs, name="runs"),
    path("runs/<str:key>/", views.run, name="run"),
    path("runs/<str:key>/again/", views.again, name="run_again"),
    path("runs/<str:key>/cancel/", views.cancel, name="cancel_run"),
    path("runs/<str:key>/file", files.run_file, name="run_file"),
    path("deliveries/<str:key>/file", files.run_link, name="run_link"),
    path("deliveries/<str:key>/retry/", views.retry, name="retry_delivery"),
    path("deliveries/<str:key>/revoke/", views.revoke, name="revoke_link"),
]
