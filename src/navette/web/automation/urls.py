"""The addresses of automated exports; included under ``digital/automated/``."""

from django.urls import path

from navette.web.automation import connection_test as task_test
from navette.web.automation import slots as task_slots
from navette.web.automation import views as tasks

urlpatterns = [
    path("", tasks.tasks, name="tasks"),
    path("add/", tasks.add, name="add_task"),
    path("deleted/", tasks.deleted, name="deleted_tasks"),
    path("names/", tasks.names, name="task_names"),
    path("test/", task_test.test, name="test_task"),
    path("slots/<str:key>/", task_slots.slot, name="slot"),
    path("slots/<str:key>/replay/", task_slots.replay, name="replay_slot"),
    path("deliveries/<str:key>/retry/", task_slots.retry, name="retry_task_delivery"),
    path("<str:key>/", tasks.task, name="task"),
    path("<str:key>/switch/", tasks.switch, name="switch_task"),
    path("<str:key>/duplicate/", tasks.duplicate, name="duplicate_task"),
    path("<str:key>/run/", tasks.run_now, name="run_task"),
    path("<str:key>/delete/", tasks.delete, name="delete_task"),
    path("<str:key>/history/", tasks.history, name="task_history"),
]
