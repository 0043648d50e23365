"""The addresses of exports and presets; included under ``digital/exports/``."""

from django.urls import path

from navette.web.exports import presets
from navette.web.exports import views as exports

urlpatterns = [
    path("", exports.exports, name="exports"),
    path("<str:name>/", exports.export, name="export"),
    path("<str:name>/count/", exports.count, name="export_count"),
    path("<str:name>/size/", exports.size, name="export_size"),
    path("<str:name>/preview/", exports.preview, name="export_preview"),
    path("<str:name>/presets/", presets.save, name="save_preset"),
    path("<str:name>/presets/<str:key>/delete/", presets.delete, name="delete_preset"),
]
