"""The addresses of automated exports; included under ``digital/automated/``."""

from django.urls import path

from navette.web.automation import connection_test, slots, views

urlpatterns = [
    path("", views.list_tasks, name="tasks"),
    path("add/", views.add, name="add_task"),
    path("deleted/", views.deleted, name="deleted_tasks"),
    path("names/", views.names, name="task_names"),
    path("test/", connection_test.test, name="test_task"),
    path("slots/<str:key>/", slots.slot, name="slot"),
    path("slots/<str:key>/replay/", slots.replay, name="replay_slot"),
    path("deliveries/<str:key>/retry/", slots.retry, name="retry_task_delivery"),
    path("<str:key>/", views.task, name="task"),
    path("<str:key>/switch/", views.switch, name="switch_task"),
    path("<str:key>/duplicate/", views.duplicate, name="duplicate_task"),
    path("<str:key>/run/", views.run_now, name="run_task"),
    path("<str:key>/delete/", views.delete, name="delete_task"),
    path("<str:key>/history/", views.history, name="task_history"),
]
