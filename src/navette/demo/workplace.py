"""The rows of sources, channels, communities, time sheets, categories, tags, custom fields and away statuses."""

import json
from collections.abc import Iterator

import pyarrow as pa

from navette.demo.categories import CATEGORIES
from navette.demo.kinds import CHANNELS, CHAT, DESK_LANGUAGES, DESKS, EMAIL, FORUMS, NEW_YORK
from navette.demo.opening_hours import TIME_SHEETS, TimeSheet
from navette.demo.people import Row, dated, people_rows
from navette.demo.setup import PRESENCE_STATUSES, TAGS, Setup, Source

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CUSTOM_FIELDS = (
    ("identity_group", "customer_number", "Numéro client", "string", False),
    ("identity_group", "segments", "Segments; marketing", "multiple_choice", True),
    ("intervention", "refund_amount", "Montant remboursé", "float", False),
    ("intervention", "escalated", "Escaladé ?", "boolean", False),
    ("chat", "basket_value", "Basket value", "float", False),
    ("chat", "logged_in", "Logged in", "boolean", False),
    ("chat", "page_count", "Pages seen", "integer", False),
    ("chat", "customer_reference", "Customer reference", "string", False),
)


def workplace(setup: Setup) -> Iterator[tuple[str, pa.Table]]:
    """The rows of the domain's connected accounts and of the organisation of its work."""
    channels = [{"name": name, "label": f"{name} – tous"} for name in CHANNELS]
    yield people_rows("channels", dated(setup, setup.channel_ids, channels))
    communities = [
        {"name": f"{type_} {DESKS[desk]}", "type": type_, "active": type_ != "Google Plus"}
        for type_, desk in setup.communities
    ]
    yield people_rows("communities", dated(setup, setup.community_ids, communities))
    yield people_rows(
        "time_sheets", dated(setup, setup.sheet_ids, [_time_sheet(setup, sheet) for sheet in TIME_SHEETS])
    )
    ids = [source.id for source in setup.sources]
    yield people_rows("sources", dated(setup, ids, [_source(setup, number) for number in range(len(ids))]))
    yield people_rows("categories", dated(setup, setup.category_ids, _categories(setup)))
    yield people_rows("tags", dated(setup, setup.tag_ids, [{"name": name} for name in TAGS]))
    fields = [_custom_field(number) for number in range(len(_CUSTOM_FIELDS))]
    yield people_rows("custom_fields", dated(setup, setup.ids("custom_fields", len(fields)), fields))
    statuses = [{"name": name} for name in PRESENCE_STATUSES]
    yield people_rows("presence_statuses", dated(setup, setup.presence_status_ids, statuses))


def _time_sheet(setup: Setup, sheet: TimeSheet) -> Row:
    hours = {f"{day}_hours": opening for day, opening in zip(_DAYS, sheet.hours, strict=True)}
    holidays = sheet.holidays(setup.period)
    return {"label": sheet.label, "active": True, "timezone": sheet.timezone, "holidays": holidays, **hours}


def _source(setup: Setup, number: int) -> Row:
    source = setup.sources[number]
    kind, language = source.kind, DESK_LANGUAGES[source.desk]
    retired = kind.type == "Google Plus"
    return {
        "active": not retired,
        "name": source.name,
        "type": kind.type,
        "status": "error" if retired else "ok",
        "community_id": setup.community_ids[setup.communities.index(source.community)],
        "channel_id": setup.channel_ids[kind.channel],
        "time_sheet_id": None if kind.type == "SDK" and source.desk == NEW_YORK else setup.sheet_ids[source.sheet],
        "content_archiving": kind.channel == FORUMS,
        "auto_detect_content_language": kind.channel != CHAT,
        "default_content_language": language,
        "content_signature": _signature(language) if kind.channel == EMAIL else None,
        "hidden_from_stats": kind.type == "Twitter Search",
        "default_task_priority": number % 5 - 1,
        "sla_expired_strategy": ("max", "half", "base")[number % 3],
        "sla_response": kind.pace * 2,
        "intervention_messages_boost": number % 10,
        "private_messages_supported": kind.private is not None,
        "extra_values": json.dumps(_extra_values(setup, source), ensure_ascii=False),
    }


def _signature(language: str) -> str:
    return "-- \nLe service client; Boutique Démo" if language == "fr" else '-- \r\n"Customer care", Demo Store'


def _extra_values(setup: Setup, source: Source) -> dict[str, object]:
    desk = DESKS[source.desk].lower().replace(" ", "-")
    main = next((s.id for s in setup.sources if s.kind.type == "Twitter" and s.desk == source.desk), None)
    return {
        key: value.format(desk=desk, number=source.desk + 1, main=main) if isinstance(value, str) else value
        for key, value in source.kind.extra.items()
    }


def _categories(setup: Setup) -> list[Row]:
    ids = dict(zip((category.name for category in CATEGORIES), setup.category_ids, strict=True))
    source_ids = [source.id for source in setup.sources]
    return [
        {
            "name": category.name,
            "parent_id": ids[category.parent] if category.parent else None,
            "mandatory": category.mandatory,
            "post_qualification": category.post_qualification,
            "multiple": category.multiple,
            "unselectable": category.unselectable,
            "source_ids": source_ids[:: number % 5 + 2] if number % 3 else [],
        }
        for number, category in enumerate(CATEGORIES)
    ]


def _custom_field(number: int) -> Row:
    owner, key, label, type_, multiple = _CUSTOM_FIELDS[number]
    field = {"associated_type_name": owner, "key": key, "label": label, "type": type_}
    return {**field, "multiple": multiple, "position": number + 1}
