"""The demo domain: the same every time, complete, consistent, and awkward where real data are."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from navette.connectors.demo import DemoDomain
from navette.core.errors import RequestError
from navette.core.types import Array, ObjectId
from navette.demo.awkward import AWKWARD_TEXTS
from navette.demo.holidays import france
from navette.demo.journal_sentences import EVENT_NAMES
from navette.demo.opening_hours import TIME_SHEETS, Calendar
from navette.demo.period import Period
from navette.demo.roles import ROLES
from navette.tables import TABLES, Field, Table

REFERENCES = [(table, field) for table in TABLES.values() for field in table.fields if field.references]
IDS = [(table, field) for table in TABLES.values() for field in table.fields if field.type is ObjectId]


def read(messages: int, seed: int, last_day: date = Period.last_day) -> dict[str, pa.Table]:
    found: dict[str, list[pa.Table]] = {}
    for batch in DemoDomain(messages, seed, last_day).read():
        found.setdefault(batch.table, []).append(batch.rows)
    return {name: pa.concat_tables(parts, promote_options="default") for name, parts in found.items()}


@pytest.fixture(scope="module", params=[1, 2])
def seed(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def domain(seed: int) -> dict[str, pa.Table]:
    return read(2000, seed)


Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def query(domain: dict[str, pa.Table]) -> Iterator[Query]:
    connection = duckdb.connect()
    for name, rows in domain.items():
        connection.register(name, rows)
    yield lambda sql: connection.execute(sql).fetchall()
    connection.close()


def count(query: Query, sql: str) -> int:
    return query(f"SELECT count(*) FROM {sql}")[0][0]


def values(query: Query, sql: str) -> set[Any]:
    return {row[0] for row in query(sql)}


def test_the_same_size_and_seed_give_the_same_batches(domain: dict[str, pa.Table], seed: int) -> None:
    again = read(2000, seed)

    assert again.keys() == domain.keys()
    assert all(again[name].equals(rows) for name, rows in domain.items())


def test_another_seed_gives_another_domain(domain: dict[str, pa.Table], seed: int) -> None:
    other = read(2000, seed + 100)

    assert not other["contents"]["body"].equals(domain["contents"]["body"])
    assert not set(other["contents"]["id"].to_pylist()) & set(domain["contents"]["id"].to_pylist())


@pytest.mark.parametrize("messages", [1, 2, 7, 60, 700, 2000])
def test_a_domain_has_the_requested_number_of_messages(messages: int) -> None:
    assert read(messages, 4)["contents"].num_rows == messages


def test_a_domain_without_messages_is_refused() -> None:
    with pytest.raises(RequestError, match="at least 1 message"):
        DemoDomain(0, 1)


@pytest.mark.parametrize("last_day", [date(2026, 3, 31), date(2028, 2, 28), date(2040, 7, 14)], ids=str)
def test_a_domain_ends_on_its_last_day(last_day: date) -> None:
    contents = read(2000, 4, last_day)["contents"]
    begins = datetime(last_day.year - 2, last_day.month, last_day.day, tzinfo=UTC)
    month_ago = datetime.combine(last_day, time(), UTC) - timedelta(days=28)
    assert pc.min(contents["created_at"]).as_py() >= begins
    assert pc.max(contents["created_at"]).as_py().date() == last_day
    assert pc.sum(pc.greater(contents["created_at"], pa.scalar(month_ago))).as_py() > 20
    assert contents.equals(read(2000, 4, last_day)["contents"])


def test_holidays_are_those_of_calendars() -> None:
    paris, london, new_york, every_day = (sheet.holidays(Period()) for sheet in TIME_SHEETS)
    assert [day for day in paris if day.startswith("2024")] == [
        *("2024-01-01", "2024-04-01", "2024-05-01", "2024-05-08", "2024-05-09", "2024-05-20", "2024-07-14"),
        *("2024-08-15", "2024-11-01", "2024-11-11", "2024-12-25"),
    ]
    assert [day for day in london if day.startswith("2025")] == [
        *("2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25", "2025-12-25"),
        "2025-12-26",
    ]
    assert [day for day in new_york if day.startswith("2024")] == [
        *("2024-01-01", "2024-05-27", "2024-07-04", "2024-09-02", "2024-11-28", "2024-12-25"),
    ]
    assert every_day == ["2025-12-25"]
    easter_mondays = {2027: "2027-03-29", 2038: "2038-04-26", 2049: "2049-04-19", 2076: "2076-04-20"}
    assert all(date.fromisoformat(monday) in set(france(year)) for year, monday in easter_mondays.items())


@pytest.mark.parametrize("last_day", [date(1970, 1, 1), date(2100, 1, 1)], ids=str)
def test_a_last_day_that_is_too_far_away_is_refused(last_day: date) -> None:
    with pytest.raises(RequestError, match="a demo domain ends between"):
        DemoDomain(10, 1, last_day)


def test_every_table_has_rows_of_the_declared_types(domain: dict[str, pa.Table]) -> None:
    assert domain.keys() == TABLES.keys()
    for name, rows in domain.items():
        assert all(
            rows.schema.field(column).type == TABLES[name].schema.field(column).type for column in rows.column_names
        )


def test_every_field_has_a_value_somewhere(domain: dict[str, pa.Table]) -> None:
    empty = [
        f"{name}.{field.name}"
        for name, table in TABLES.items()
        for field in table.fields
        if field.name not in domain[name].column_names or domain[name][field.name].null_count == len(domain[name])
    ]

    assert empty == []


@pytest.mark.parametrize(("table", "field"), REFERENCES, ids=lambda part: part.name)
def test_references_lead_to_rows(query: Query, table: Table, field: Field) -> None:
    value = f"unnest({field.name})" if field.type is Array else field.name

    held = f"(SELECT {value} AS id FROM {table.name}) WHERE id IS NOT NULL"
    assert count(query, held) > 0
    assert count(query, f"{held} AND id NOT IN (SELECT id FROM {field.references})") == 0


@pytest.mark.parametrize(("table", "field"), IDS, ids=lambda part: part.name)
def test_ids_are_24_hexadecimal_digits(domain: dict[str, pa.Table], table: Table, field: Field) -> None:
    held = domain[table.name][field.name].drop_null().to_pylist()

    assert [value for value in held if not re.fullmatch("[0-9a-f]{24}", value)] == []


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_keys_are_unique(query: Query, table: Table) -> None:
    key = ", ".join(table.key)

    assert count(query, f"(SELECT {key} FROM {table.name} GROUP BY {key} HAVING count(*) > 1)") == 0


@pytest.mark.parametrize("table", ["threads", "contents", "interventions", "events", "tasks", "survey_responses"])
def test_everything_happens_in_the_two_years(query: Query, table: str) -> None:
    months = values(query, f"SELECT strftime(created_at AT TIME ZONE 'UTC', '%Y-%m') FROM {table}")

    assert min(months) >= "2024-01"
    assert max(months) <= "2025-12"
    assert len(months) >= 12


@pytest.mark.parametrize(
    "table", [name for name, table in TABLES.items() if {"created_at", "updated_at"} <= {f.name for f in table.fields}]
)
def test_nothing_is_updated_before_it_is_made_or_after_the_period(query: Query, table: str) -> None:
    assert count(query, f"{table} WHERE updated_at < created_at OR updated_at >= '2026-01-01T00:00:00Z'") == 0


def test_the_messages_of_a_thread_come_after_its_beginning(query: Query) -> None:
    joined = "contents AS c JOIN threads AS t ON t.id = c.thread_id"

    assert count(query, f"{joined} WHERE c.created_at < t.created_at OR c.source_id <> t.source_id") == 0
    starts = "SELECT t.id FROM threads AS t JOIN contents AS c ON c.thread_id = t.id GROUP BY t.id, t.created_at"
    assert count(query, f"({starts} HAVING min(c.created_at) <> t.created_at)") == 0


def test_customers_and_agents_write_under_their_own_identities(query: Query) -> None:
    joined = "contents AS c JOIN identities AS i ON i.id = c.author_id"

    assert count(query, f"{joined} WHERE c.creator_id IS NULL AND len(i.user_ids) > 0") == 0
    assert count(query, f"{joined} WHERE c.creator_id IS NOT NULL AND NOT list_contains(i.user_ids, c.creator_id)") == 0
    held = "agents AS a, unnest(a.identity_ids) AS u(identity) JOIN identities AS i ON i.id = u.identity"
    assert count(query, f"{held} WHERE NOT list_contains(i.user_ids, a.id)") == 0


def test_authors_belong_to_the_community_of_the_source(query: Query) -> None:
    joined = "contents AS c JOIN identities AS i ON i.id = c.author_id JOIN sources AS s ON s.id = c.source_id"

    assert count(query, f"{joined} WHERE c.creator_id IS NULL AND i.community_id <> s.community_id") == 0


def test_a_case_is_of_its_thread_and_begins_with_its_first_customer_message(
    query: Query,
) -> None:
    joined = "contents AS c JOIN interventions AS i ON i.id = c.intervention_id"

    assert count(query, f"{joined} WHERE c.thread_id <> i.thread_id") == 0
    first = f"SELECT i.id FROM {joined} WHERE c.creator_id IS NULL GROUP BY i.id, i.content_id"
    assert count(query, f"({first} HAVING bool_or(c.id = i.content_id) = false)") == 0
    opening = "interventions AS i JOIN contents AS c ON c.id = i.content_id"
    assert count(query, f"{opening} WHERE c.intervention_id <> i.id OR c.author_id <> i.identity_id") == 0
    earlier = (
        "interventions AS i JOIN contents AS o ON o.id = i.content_id JOIN contents AS c ON c.intervention_id = i.id"
    )
    assert count(query, f"{earlier} WHERE c.created_at < o.created_at") == 0


def test_a_transferred_case_has_two_segments_and_ends_with_the_second_agent(
    query: Query,
) -> None:
    last = (
        "(SELECT s.intervention_id, arg_max(s.user_id, s.created_at) AS agent, count(*) AS segments"
        " FROM intervention_segments AS s GROUP BY ALL) AS s JOIN interventions AS i ON i.id = s.intervention_id"
    )

    assert count(query, f"{last} WHERE s.agent <> i.user_id") == 0
    assert values(query, f"SELECT segments FROM {last}") == {1, 2}


def test_answers_follow_a_message_of_the_same_thread(query: Query) -> None:
    joined = "contents AS c JOIN contents AS b ON b.id = c.in_reply_to_id"

    wrong = "b.thread_id <> c.thread_id OR b.created_at > c.created_at OR b.author_id <> c.in_reply_to_author_id"
    assert count(query, f"{joined} WHERE {wrong}") == 0


def test_private_messages_are_only_on_sources_that_have_them(query: Query) -> None:
    joined = "contents AS c JOIN sources AS s ON s.id = c.source_id WHERE c.private_message"

    assert count(query, joined) > 0
    assert count(query, f"{joined} AND NOT s.private_messages_supported") == 0


def test_agents_mostly_answer_when_the_source_is_open(query: Query) -> None:
    answers = query(
        "SELECT t.label, epoch(c.created_at)::BIGINT FROM contents AS c JOIN sources AS s ON s.id = c.source_id"
        " JOIN time_sheets AS t ON t.id = s.time_sheet_id WHERE c.creator_id IS NOT NULL"
    )
    sheets, calendar = [sheet.label for sheet in TIME_SHEETS], Calendar(Period())
    start = 1704067200  # 2024-01-01T00:00:00Z
    inside = [calendar.open[sheets.index(label), (at - start) // 900] for label, at in answers]

    assert 0.9 < sum(inside) / len(inside) < 1.0


def test_customers_write_less_at_night_and_at_the_week_end(query: Query) -> None:
    in_paris = "created_at AT TIME ZONE 'Europe/Paris'"
    hours: dict[int, int] = dict(query(f"SELECT hour({in_paris}), count(*) FROM threads GROUP BY 1"))
    days: dict[int, int] = dict(query(f"SELECT isodow({in_paris}), count(*) FROM threads GROUP BY 1"))

    assert sum(hours.get(hour, 0) for hour in range(6)) * 3 < sum(hours.get(hour, 0) for hour in range(9, 15))
    assert (days[6] + days[7]) / 2 < sum(days[day] for day in range(1, 6)) / 5


def test_every_event_of_the_contact_centre_is_journalled(query: Query) -> None:
    assert len(EVENT_NAMES) == 272
    assert values(query, "SELECT DISTINCT name FROM events") == set(EVENT_NAMES)
    assert count(query, "events WHERE message IS NULL") == 0
    everyday = "('content.imported', 'content.replied', 'intervention.opened', 'intervention.closed')"
    assert count(query, f"events WHERE name IN {everyday}") > count(query, "events") / 2


def test_every_status_of_the_reference_occurs(query: Query) -> None:
    assert values(query, "SELECT DISTINCT status FROM contents") == {
        *("Assigned", "Ignored", "New", "Replied", "Agent message", "Agent reply", "Pending approval", "Draft"),
    }
    assert values(query, "SELECT DISTINCT ignored_from FROM contents") == {
        *(None, "Ignored automatically", "Archived by ICE", "Manually ignored", "Mass ignored"),
    }
    assert values(query, "SELECT DISTINCT synchronization_status FROM contents") == {
        *("success", "export_pending", "export_failure", "export_aborted", "like_aborted", "author_block_aborted"),
        *("delete_aborted", "unpublish_aborted"),
    }
    assert values(query, "SELECT DISTINCT translation_status FROM contents") == {None, "success", "error", "pending"}
    assert values(query, "SELECT DISTINCT sentiment FROM contents") == {None, "negative", "neutral", "positive"}
    assert values(query, "SELECT DISTINCT body_format FROM contents") == {None, "text", "html"}
    assert values(query, "SELECT DISTINCT status FROM interventions") == {"Opened", "Closed"}
    assert count(query, "interventions WHERE status = 'Opened' AND user_id IS NOT NULL") > 0


def test_translations_say_the_same_in_the_other_language(query: Query) -> None:
    translated = "contents WHERE translated_body IS NOT NULL"

    assert count(query, f"{translated} AND source_language = target_language") == 0
    assert count(query, f"{translated} AND translated_body = original_body") < count(query, translated)


def test_chats_know_how_they_began_and_ended(query: Query) -> None:
    chats = query("SELECT extra_data, custom_variables FROM threads WHERE extra_data IS NOT NULL")
    data = [json.loads(extra) for extra, _ in chats]
    variables = [json.loads(custom) for _, custom in chats]

    assert {chat["close_cause"] for chat in data} == {
        *("client_impossible_delay", "disconnection", "intervention_closed", "intervention_auto_closed"),
        "visitor_closed",
    }
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", chat["closed_at"]) for chat in data)
    assert all(chat["visit_started_at"] <= chat["page_visit_started_at"] for chat in data)
    assert {type(value) for chat in variables for value in chat.values()} == {float, bool, int, str, type(None)}


def test_sources_and_identities_have_the_extra_values_of_their_type(
    query: Query,
) -> None:
    expected = {
        "sources": {
            *(
                "fb_app_id",
                "fb_page_id",
                "synchronize_messages",
                "synchronize_posts",
                "synchronize_dark_posts",
                "page_id",
            ),
            *("domain_name", "facebook_app_id", "facebook_page_id", "email", "from_email", "open_tracking_enabled"),
            *("instagram_business_account_id", "abuse_only", "url", "application", "notification_generic_message"),
            *(
                "disable_notification_body_display",
                "from_name",
                "phone_number",
                "ott_type",
                "ott_account_id",
                "base_uri",
            ),
            *("readable_from_metas", "readable_from_ids", "twitter_id", "twitter_uuid", "main_source_id", "searches"),
        },
        "identities": {
            *("tw_followers_count", "tw_following_count", "tw_statuses_count", "tw_location", "ig_followers_count"),
            *("dimelo_type", "dimelo_custom_field_1", "dimelo_custom_field_2", "dimelo_custom_field_3", "fb_bio"),
            *("fb_category", "fb_locale", "mobile_device_info", "mobile_authenticated", "ott_type"),
        },
    }
    for table, keys in expected.items():
        records = [
            json.loads(text) for (text,) in query(f"SELECT extra_values FROM {table} WHERE extra_values IS NOT NULL")
        ]
        assert {key for record in records for key, value in record.items() if value is not None} == keys


def test_a_search_names_its_main_source(query: Query) -> None:
    main = "json_extract_string(extra_values, 'main_source_id')"
    searches = f"(SELECT {main} AS main FROM sources WHERE type = 'Twitter Search')"

    assert count(query, f"{searches} JOIN sources AS s ON s.id = main AND s.type = 'Twitter'") == 2


def test_who_used_the_right_to_be_forgotten_has_no_personal_values(query: Query) -> None:
    personal = ("screenname", "firstname", "lastname", "email", "home_phone", "mobile_phone", "address", "city")
    known = " OR ".join(f"{name} IS NOT NULL" for name in personal)

    assert count(query, "identities WHERE anonymized") > 0
    assert count(query, f"identities WHERE anonymized AND ({known} OR identity_group_id IS NOT NULL)") == 0


def test_some_people_have_several_identities(query: Query) -> None:
    shared = "SELECT identity_group_id FROM identities GROUP BY 1 HAVING count(identity_group_id) > 1"

    assert count(query, f"({shared})") > 0


def test_some_customers_answer_a_survey_twice(query: Query) -> None:
    twice = "SELECT 1 FROM survey_responses GROUP BY intervention_id, survey_id HAVING count(DISTINCT created_at) > 1"

    assert count(query, f"({twice})") > 0
    joined = "survey_responses AS r JOIN interventions AS i ON i.id = r.intervention_id"
    assert count(query, f"{joined} WHERE i.satisfaction_sent_at IS NULL OR r.identity_id <> i.identity_id") == 0


def test_the_main_indicator_is_the_value_of_the_answer_to_the_main_question(
    query: Query,
) -> None:
    rows = query(
        "SELECT r.main_indicator, r.answers, s.definition"
        " FROM survey_responses AS r JOIN surveys AS s ON s.id = r.survey_id"
    )
    for indicator, answers, definition in rows:
        main = next(question["foreign_id"] for question in json.loads(definition)["questions"] if question["main"])
        given = next(q["replies"][0]["value"] for q in json.loads(answers)["questions"] if q["foreign_id"] == main)
        assert indicator == int(given)


def test_awkward_but_legal_values_occur(query: Query) -> None:
    bodies = values(query, "SELECT body FROM contents")

    assert set(AWKWARD_TEXTS) <= bodies
    assert {None, ""} <= bodies
    assert max(len(body) for body in bodies if body) >= 40_000
    assert 80 < query("SELECT median(length(body)) FROM contents")[0][0] < 160
    assert count(query, r"contents WHERE regexp_full_match(foreign_id, '\d{18}')") > 0
    assert count(query, "contents WHERE starts_with(foreign_id, '0')") > 0


def test_every_permission_is_granted_to_some_role_and_not_to_another() -> None:
    permissions = {name for role in ROLES for name in role.permissions}

    assert len(permissions) == 34
    assert [name for name in permissions if all(name in role.permissions for role in ROLES)] == []


def test_presence_has_every_state_on_every_channel(query: Query) -> None:
    assert count(query, "(SELECT DISTINCT channel_id, state FROM presence_times WHERE channel_id IS NOT NULL)") == 6 * 5
    assert count(query, "(SELECT DISTINCT presence_status_id FROM presence_times WHERE state = 'custom')") == 4
    key = "date, user_id, state, channel_id, presence_status_id"
    assert count(query, f"(SELECT {key} FROM presence_times GROUP BY ALL HAVING count(*) > 1)") == 0
    shift = (
        "SELECT max(seconds) FILTER (state = 'presence') AS present, max(seconds) FILTER (state = 'activity') AS active"
        " FROM presence_times GROUP BY date, user_id"
    )
    assert count(query, f"({shift}) WHERE active > present OR present > 86400") == 0


def test_a_task_is_selected_from_a_start_to_a_later_end(query: Query) -> None:
    assert count(query, "task_selections WHERE ended_at < started_at") == 0
    assert (
        count(query, "task_selections AS s JOIN tasks AS t ON t.id = s.task_id WHERE s.started_at < t.created_at") == 0
    )


def test_a_domain_in_several_chunks_stays_in_time_order_and_consistent() -> None:
    tables: dict[str, list[tuple[int, int]]] = {}
    names, ids = set(), set()
    for batch in DemoDomain(110_000, 5).read():
        if TABLES[batch.table].monthly and batch.table != "attachments":
            seconds = batch.rows["created_at"].cast(pa.int64()).to_numpy()
            assert (seconds[1:] >= seconds[:-1]).all()
            tables.setdefault(batch.table, []).append((seconds[0], seconds[-1]))
        if batch.table == "events":
            names |= set(batch.rows["name"].unique().to_pylist())
        if batch.table == "contents":
            ids |= set(batch.rows["id"].to_pylist())

    assert len(tables["contents"]) == 2
    assert all(later[0] >= earlier[0] for spans in tables.values() for earlier, later in pairwise(spans))
    assert names == set(EVENT_NAMES)
    assert len(ids) == 110_000
