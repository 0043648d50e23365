"""The addresses of exports and presets; included under ``digital/exports/``."""

from django.urls import path

from navette.web.exports import presets, views

urlpatterns = [
    path("", views.exports, name="exports"),
    path("<str:name>/", views.export, name="export"),
    path("<str:name>/count/", views.count, name="export_count"),
    path("<str:name>/size/", views.size, name="export_size"),
    path("<str:name>/preview/", views.preview, name="export_preview"),
    path("<str:name>/presets/", presets.save, name="save_preset"),
    path("<str:name>/presets/<str:key>/delete/", presets.delete, name="delete_preset"),
]
