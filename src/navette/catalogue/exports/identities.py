"""Identities: customers' accounts on the sources."""

from navette.catalogue.export import Column, Export, Family, Lookup, Related
from navette.catalogue.exports.relations import names_of
from navette.core.types import Array, Boolean, ColumnType, Datetime, Integer, ObjectId, String

# Numbered fields of digital communities, up to ten: those that occur.
_CUSTOM_FIELDS = """
    SELECT '$.dimelo_custom_field_' || n.number AS key, CAST(n.number AS VARCHAR) AS name
    FROM (
        SELECT DISTINCT CAST(regexp_extract(name, '^dimelo_custom_field_([1-9]|10)$', 1) AS INTEGER) AS number
        FROM identity_keys
        WHERE regexp_matches(name, '^dimelo_custom_field_([1-9]|10)$')
    ) AS n
    ORDER BY n.number
"""


_GROUPS = Related(
    "persons",
    "identity_groups",
    by="id",
    ids="SELECT identity_group_id FROM base",
    columns=("id", "company", "emails", "home_phones", "mobile_phones", "tag_ids"),
)


def _extra(name: str, type_: ColumnType, kind: str, label: str, description: str) -> Column:
    """A column that only identities of one kind have."""
    value = f"json_extract_string(i.extra_values, '$.{name}')"
    cast = {Integer: "BIGINT", Boolean: "BOOLEAN"}.get(type_)
    return Column(name, type_, f"TRY_CAST({value} AS {cast})" if cast else value, label, description, extra=kind)


IDENTITIES = Export(
    name="identities",
    label="Identities",
    description="All the accounts on the sources, of customers and of agents, imported over a period.",
    grain="one row per identity",
    rows="identities AS i",
    related=(_GROUPS,),
    lookups=(
        Lookup("c", "communities", on="c.id = i.community_id"),
        Lookup("g", "persons", on="g.id = i.identity_group_id"),
        Lookup("t", names_of("tag_ids", "tags", rows="persons"), on="t.ids = g.tag_ids"),
    ),
    times={"created": "i.created_at", "updated": "i.updated_at"},
    filters={
        "type": "i.community_id IN (SELECT id FROM communities WHERE type = $value)",
        "tag": "i.identity_group_id IN (SELECT id FROM persons WHERE list_contains(tag_ids, $value))",
    },
    incremental=True,
    columns=(
        Column("created_at", Datetime, "i.created_at", "Creation date", "When the record was created."),
        Column("updated_at", Datetime, "i.updated_at", "Update date", "When the record was last changed."),
        Column("community_type", String, "c.type", "Community type", "Kind of community, such as Twitter users."),
        Column("community", String, "c.name", "Community", "Name of the community that the identity belongs to."),
        Column(
            "puppet",
            Boolean,
            "coalesce(array_length(i.user_ids), 0) > 0",
            "Controlled",
            "Whether agents write under this identity.",
        ),
        Column("id", ObjectId, "i.id", "ID", "Identifier of the identity."),
        Column("uuid", String, "i.uuid", "UUID", "Unique identifier on the source, often the external one."),
        Column("foreign_id", String, "i.foreign_id", "External ID", "Identifier on the source."),
        Column("screenname", String, "i.screenname", "Screen name", "Name shown on the source.", sensitive=True),
        Column("firstname", String, "i.firstname", "First name", "First name.", sensitive=True),
        Column("lastname", String, "i.lastname", "Last name", "Last name.", sensitive=True),
        Column("email", String, "i.email", "E-mail", "E-mail address.", sensitive=True),
        Column("home_phone", String, "i.home_phone", "Home phone", "Home telephone number.", sensitive=True),
        Column("mobile_phone", String, "i.mobile_phone", "Mobile phone", "Mobile telephone number.", sensitive=True),
        Column("address", String, "i.address", "Address", "Postal address.", sensitive=True),
        Column("city", String, "i.city", "City", "City of residence.", sensitive=True),
        Column(
            "anonymized",
            Boolean,
            "i.anonymized",
            "Anonymised",
            "Whether the right to be forgotten was applied.",
            sensitive=True,
        ),
        Column("tags", Array, "t.names", "Tags", "Names of the tags of the identity's group."),
        Column(
            "identity_group_id",
            ObjectId,
            "i.identity_group_id",
            "Identity group ID",
            "Identifier of the group, the person behind the identity.",
        ),
        Column("company", String, "g.company", "Company", "Company of the identity's group.", sensitive=True),
        Column("emails", Array, "g.emails", "E-mails", "E-mail addresses of the identity's group.", sensitive=True),
        Column(
            "home_phones",
            Array,
            "g.home_phones",
            "Home phones",
            "Home telephone numbers of the identity's group.",
            sensitive=True,
        ),
        Column(
            "mobile_phones",
            Array,
            "g.mobile_phones",
            "Mobile phones",
            "Mobile telephone numbers of the identity's group.",
            sensitive=True,
        ),
        _extra("tw_followers_count", Integer, "twitter", "Twitter followers", "How many follow the identity."),
        _extra("tw_following_count", Integer, "twitter", "Twitter following", "How many the identity follows."),
        _extra("tw_statuses_count", Integer, "twitter", "Tweets", "How many tweets the identity has written."),
        _extra("tw_location", String, "twitter", "Twitter location", "Place that the profile gives."),
        _extra("ig_followers_count", Integer, "Instagram", "Instagram followers", "How many follow the identity."),
        _extra("dimelo_type", String, "DC", "Community account type", "Kind of account in the digital community."),
        Family(
            variable="1(upto10)",
            members=_CUSTOM_FIELDS,
            columns=(
                Column(
                    "dimelo_custom_field_1(upto10)",
                    String,
                    "json_extract_string(i.extra_values, $key)",
                    "Community custom field",
                    "Value of a numbered field of the digital community.",
                    extra="DC",
                ),
            ),
        ),
        _extra("fb_bio", String, "facebook", "Facebook bio", "How the profile presents itself."),
        _extra("fb_category", String, "facebook", "Facebook category", "Category of the profile."),
        _extra("fb_locale", String, "facebook", "Facebook locale", "Language and country of the profile."),
        _extra("mobile_device_info", String, "DM", "Mobile device", "Device and system of the application's user."),
        _extra(
            "mobile_authenticated",
            Boolean,
            "DM",
            "Authenticated in the application",
            "Whether the application's user is signed in.",
        ),
        _extra(
            "ott_type",
            String,
            "wechat, line...",
            "Messaging service",
            "Service through which the identity writes, such as wechat or line.",
        ),
    ),
)
