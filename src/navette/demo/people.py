"""The rows of agents, roles, teams, permissions and notification settings."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from navette.demo.kinds import DESK_LANGUAGES, DESK_ZONES, EMAIL, PARIS
from navette.demo.period import DAY
from navette.demo.roles import ADMINISTRATOR, AGENT, ANALYST, COMMUNITY_MANAGER, ROLES, SUPERVISOR
from navette.demo.setup import TEAMS, Setup
from navette.tables import TABLES

Row = dict[str, Any]
_ROLE_PATTERN = (
    *(ADMINISTRATOR, SUPERVISOR, AGENT, AGENT, AGENT, SUPERVISOR, AGENT, COMMUNITY_MANAGER, AGENT, ANALYST),
    *(AGENT, AGENT, AGENT, AGENT),
)
_DESK_TEAMS = ((0, 1), (2, 4), (3, 4))


def moment(seconds: int) -> datetime:
    """Unix seconds as an instant."""
    return datetime.fromtimestamp(seconds, UTC)


def dated(setup: Setup, ids: list[str], rows: list[Row]) -> list[Row]:
    """Rows with their id, and creation and update times: the instant in the id, and some days later."""
    created = [int(identifier[:8], 16) for identifier in ids]
    updated = [min(at + number % 9 * 40 * DAY, setup.period.end - 1) for number, at in enumerate(created)]
    return [
        {"id": identifier, "created_at": moment(first), "updated_at": moment(last), **row}
        for identifier, first, last, row in zip(ids, created, updated, rows, strict=True)
    ]


def people_rows(table: str, rows: list[Row]) -> tuple[str, pa.Table]:
    """Rows given as dictionaries, under their table's name."""
    return table, pa.Table.from_pylist(rows, schema=TABLES[table].schema)


def people(setup: Setup) -> Iterator[tuple[str, pa.Table]]:
    """The rows of all agents and of their permissions."""
    role_ids = setup.ids("roles", len(ROLES))
    roles = [{"label": role.label, "permissions": list(role.permissions)} for role in ROLES]
    yield people_rows("roles", dated(setup, role_ids, roles))
    yield people_rows("teams", dated(setup, setup.team_ids, _teams(setup)))
    yield people_rows("agents", dated(setup, setup.agents.ids, [_agent(setup, role_ids, n) for n in _positions(setup)]))
    yield people_rows("agent_permissions", [row for n in _positions(setup) for row in _permissions(setup, n)])
    yield people_rows("agent_notification_settings", [_notification_settings(setup, n) for n in _positions(setup)])


def _positions(setup: Setup) -> range:
    return range(len(setup.agents.ids))


def _agent_teams(setup: Setup, number: int) -> list[int]:
    first, second = _DESK_TEAMS[setup.agents.desk[number]]
    return ([first], [second], [first, second])[number // 6 % 3]


def _teams(setup: Setup) -> list[Row]:
    members = [[n for n in _positions(setup) if team in _agent_teams(setup, n)] for team in range(len(TEAMS))]
    return [
        {"name": name, "leader_ids": [setup.agents.ids[n] for n in team[:1]]}
        for name, team in zip(TEAMS, members, strict=True)
    ]


def _agent(setup: Setup, role_ids: list[str], number: int) -> Row:
    agents, desk = setup.agents, int(setup.agents.desk[number])
    first, last = agents.first_names[number], agents.last_names[number]
    stays = int(agents.left[number]) > setup.period.end
    return {
        "firstname": first,
        "lastname": last,
        "nickname": f"{first.lower()}{number:02d}" if number % 3 else None,
        "gender": "woman" if agents.women[number] else "man",
        "email": f"agent{number:03d}@example.com",
        "role_id": role_ids[_ROLE_PATTERN[number % len(_ROLE_PATTERN)]],
        "team_ids": [setup.team_ids[team] for team in _agent_teams(setup, number)],
        "category_ids": setup.category_ids[number % 7 + 1 : number % 7 + 1 + number % 3],
        "identity_ids": agent_identities(setup, number),
        "signatures": [[f"{first}, service client"], [f"Kind regards,\n{first} {last[0]}."], []][number % 3],
        "locale": DESK_LANGUAGES[desk],
        "timezone": DESK_ZONES[desk],
        "foreign_id": f"{427210 + number}" if number % 4 else f"{number:06d}",
        "foreign_jwt_id": f"jwt|{number:08x}" if number % 3 == 0 else None,
        "foreign_saml_id": f"agent{number:03d}@sso.example.com" if number % 3 == 1 else None,
        "enabled": stays,
        "no_password": number % 3 == 1,
    }


def agent_identities(setup: Setup, number: int) -> list[str]:
    """The identities that an agent writes under: those of the desk's communities, and their own."""
    desk = int(setup.agents.desk[number])
    shared = [setup.puppet_ids[n] for n, (_, home) in enumerate(setup.communities) if home == desk]
    return [*shared, setup.puppet_ids[len(setup.communities) + number]]


def _permissions(setup: Setup, number: int) -> Iterator[Row]:
    agents, role = setup.agents, _ROLE_PATTERN[number % len(_ROLE_PATTERN)]
    for position, source in enumerate(setup.sources):
        home = source.desk == agents.desk[number]
        yield {
            "user_id": agents.ids[number],
            "source_id": source.id,
            "updated_at": moment(int(agents.hired[number]) + position * 60),
            "read": home or role != AGENT,
            "reply": home and role != ANALYST,
            "reply_with_html": home and source.kind.channel == EMAIL,
            "initiate_discussion": home and role in (SUPERVISOR, COMMUNITY_MANAGER),
            "approval_required": home and source.desk == PARIS and number % 5 == 4,
            "destroy": role in (ADMINISTRATOR, COMMUNITY_MANAGER),
        }


def _notification_settings(setup: Setup, number: int) -> Row:
    return {
        "user_id": setup.agents.ids[number],
        "updated_at": moment(max(setup.period.founded, int(setup.agents.hired[number])) + 3600),
        "content_imported_in_identity_tags": number % 5 == 0,
        "content_imported_in_my_interventions": number % 4 != 0,
        "content_imported_in_my_sources": number % 7 == 1,
        "content_requiring_approval": number % 6 == 5,
        "content_thread_categorized_in_my_categories": number % 3 == 2,
        "intervention_assigned": number % 8 != 7,
        "intervention_reactivated": number % 2 == 0,
    }
