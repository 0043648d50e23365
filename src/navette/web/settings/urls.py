"""The addresses of the settings; included under ``settings/``."""

from django.urls import path

from navette.web.data import connectors
from navette.web.settings import domain, extensions, journal, roles, users

urlpatterns = [
    path("domain/", domain.domain, name="domain"),
    path("users/", users.list_users, name="users"),
    path("users/add/", users.add_user, name="add_user"),
    path("users/<str:key>/", users.user, name="user"),
    path("users/<str:key>/link/", users.password_link, name="password_link"),
    path("users/<str:key>/second-factor/", users.remove_second_factor, name="remove_second_factor"),
    path("roles/", roles.list_roles, name="roles"),
    path("roles/add/", roles.add_role, name="add_role"),
    path("roles/<str:key>/", roles.role, name="role"),
    path("roles/<str:key>/delete/", roles.delete_role, name="delete_role"),
    path("connectors/", connectors.connectors, name="connectors"),
    path("extensions/", extensions.list_extensions, name="extensions"),
    path("extensions/add/", extensions.add_extension, name="add_extension"),
    path("extensions/<str:name>/remove/", extensions.remove_extension, name="remove_extension"),
    path("journal/", journal.journal, name="journal"),
]
