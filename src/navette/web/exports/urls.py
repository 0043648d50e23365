"""The addresses of exports, runs and their files; included under ``digital/``."""

from django.urls import path

from navette.web.exports import presets
from navette.web.exports import views as exports
from navette.web.runs import files
from navette.web.runs import views as runs

urlpatterns = [
    path("exports/", exports.exports, name="exports"),
    path("exports/<str:name>/", exports.export, name="export"),
    path("exports/<str:name>/count/", exports.count, name="export_count"),
    path("exports/<str:name>/size/", exports.size, name="export_size"),
    path("exports/<str:name>/preview/", exports.preview, name="export_preview"),
    path("exports/<str:name>/presets/", presets.save, name="save_preset"),
    path("exports/<str:name>/presets/<str:key>/delete/", presets.delete, name="delete_preset"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<str:key>/", runs.run, name="run"),
    path("runs/<str:key>/again/", runs.again, name="run_again"),
    path("runs/<str:key>/cancel/", runs.cancel, name="cancel_run"),
    path("runs/<str:key>/file", files.run_file, name="run_file"),
    path("deliveries/<str:key>/file", files.run_link, name="run_link"),
    path("deliveries/<str:key>/retry/", runs.retry, name="retry_delivery"),
    path("deliveries/<str:key>/revoke/", runs.revoke, name="revoke_link"),
]
