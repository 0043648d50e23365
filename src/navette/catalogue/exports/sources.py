"""Sources: the connected accounts of the contact centre, called channels on screen."""

from navette.catalogue.export import Column, Export, Lookup
from navette.core.types import Array, Boolean, ColumnType, Datetime, Integer, ObjectId, String

_EXTRA_VALUES = {
    String: "s.extra_values ->> '$.{name}'",
    ObjectId: "s.extra_values ->> '$.{name}'",
    Boolean: "TRY_CAST(s.extra_values ->> '$.{name}' AS BOOLEAN)",
    Array: "TRY_CAST(s.extra_values -> '$.{name}' AS VARCHAR[])",
}


def _extra(kind: str, name: str, column_type: ColumnType, label: str, description: str) -> Column:
    """A value that only sources of that kind have, read from their extra values; null if it is not of the type."""
    return Column(name, column_type, _EXTRA_VALUES[column_type].format(name=name), label, description, extra=kind)


SOURCES = Export(
    name="sources",
    label="Sources",
    description="The accounts connected to the contact centre (pages, mailboxes, chats) and how each is set up.",
    grain="one row per source",
    rows="sources AS s",
    lookups=(
        Lookup("co", "communities", on="co.id = s.community_id"),
        Lookup("ch", "channels", on="ch.id = s.channel_id"),
    ),
    times={"created": "s.created_at"},
    filters={
        "channel": "s.channel_id = $value",
        "type": "s.type = $value",
        "status": "s.status = $value",
        "language": "s.default_content_language = $value",
    },
    order=("s.name", "s.id"),
    columns=(
        Column("created_at", Datetime, "s.created_at", "Creation date", "When the record was created."),
        Column("updated_at", Datetime, "s.updated_at", "Update date", "When the record was last changed."),
        Column("id", ObjectId, "s.id", "ID", "Identifier of the source."),
        Column("active", Boolean, "s.active", "Active", "Whether the source is in use."),
        Column("name", String, "s.name", "Name", "Name of the source."),
        Column("status", String, "s.status", "Status", "State of its connection, such as ok or error."),
        Column("community_type", String, "co.type", "Community type", "Kind of community that the source belongs to."),
        Column("community", String, "co.name", "Community", "Name of the community that the source belongs to."),
        Column("content_archiving", Boolean, "s.content_archiving", "Archiving", "Whether old messages are archived."),
        Column(
            "auto_detect_content_language",
            Boolean,
            "s.auto_detect_content_language",
            "Language detection",
            "Whether the language of messages is detected.",
        ),
        Column(
            "default_content_language",
            String,
            "s.default_content_language",
            "Default language",
            "Language of messages in which none was detected, as an ISO 639-1 code.",
        ),
        Column("content_signature", String, "s.content_signature", "Signature", "Text that ends the source's replies."),
        Column(
            "hidden_from_stats",
            Boolean,
            "s.hidden_from_stats",
            "Hidden from statistics",
            "Whether statistics leave the source out.",
        ),
        Column(
            "default_task_priority",
            Integer,
            "s.default_task_priority",
            "Default task priority",
            "Priority that the source's tasks start with.",
        ),
        Column("channel_id", ObjectId, "s.channel_id", "Channel ID", "Identifier of the channel."),
        Column("channel_name", String, "ch.name", "Channel name", "Name of the channel that the source belongs to."),
        Column(
            "sla_expired_strategy",
            String,
            "s.sla_expired_strategy",
            "SLA expired strategy",
            "How the priority rises once the response time is over: max, half or base.",
        ),
        Column("sla_response", Integer, "s.sla_response", "SLA response time", "Expected response time, in seconds."),
        Column(
            "intervention_messages_boost",
            Integer,
            "s.intervention_messages_boost",
            "Case messages boost",
            "Priority added to messages that already have a case.",
        ),
        Column(
            "private_messages_supported",
            Boolean,
            "s.private_messages_supported",
            "Private messages",
            "Whether private messages can be sent on the source.",
        ),
        _extra("facebook", "fb_app_id", String, "Facebook app ID", "Identifier of the Facebook application."),
        _extra("facebook", "fb_page_id", String, "Facebook page ID", "Identifier of the Facebook page."),
        _extra(
            "facebook",
            "synchronize_messages",
            Boolean,
            "Private messages fetched",
            "Whether the page's private messages are fetched.",
        ),
        _extra("facebook", "synchronize_posts", Boolean, "Posts fetched", "Whether posts are fetched."),
        _extra(
            "facebook",
            "synchronize_dark_posts",
            Boolean,
            "Dark posts fetched",
            "Whether the page's advertising posts are fetched.",
        ),
        _extra("google plus", "page_id", String, "Page ID", "Identifier of the Google+ page."),
        _extra("ideas, answers", "domain_name", String, "Domain name", "Domain name of the site it serves."),
        _extra("answers", "facebook_app_id", String, "Facebook app ID", "Identifier of the Facebook application."),
        _extra("answers", "facebook_page_id", String, "Facebook page ID", "Identifier of the Facebook page."),
        _extra("email", "email", String, "E-mail", "E-mail address at which the source receives."),
        _extra("email", "from_email", String, "Sender e-mail", "E-mail address that replies come from."),
        _extra("email", "open_tracking_enabled", Boolean, "Open tracking", "Whether opened e-mails are tracked."),
        _extra(
            "instagram",
            "instagram_business_account_id",
            String,
            "Instagram account ID",
            "Identifier of the Instagram business account.",
        ),
        _extra("lithium", "abuse_only", Boolean, "Abuse reports only", "Whether only reported messages are fetched."),
        _extra("lithium, rightnow, tapatalk", "url", String, "URL", "Address of the site it serves."),
        _extra("mobile messaging", "application", String, "Application", "Mobile application it serves."),
        _extra(
            "mobile messaging",
            "notification_generic_message",
            String,
            "Generic notification",
            "Text of notifications that do not show the message.",
        ),
        _extra(
            "mobile messaging",
            "disable_notification_body_display",
            Boolean,
            "Message hidden in notifications",
            "Whether notifications leave the message's text out.",
        ),
        _extra(
            "nexmo, chat, mobile messaging",
            "from_name",
            String,
            "Sender name",
            "Name or number that replies come from.",
        ),
        _extra(
            "RingCentral SMS OTT", "phone_number", String, "Sender telephone number", "Number that replies come from."
        ),
        _extra("nexmo OTT", "ott_type", String, "OTT type", "Kind of messaging application."),
        _extra(
            "nexmo OTT", "ott_account_id", String, "OTT account ID", "Identifier of the account in that application."
        ),
        _extra("SDK", "base_uri", String, "Base URI", "Address under which the source's own interface answers."),
        _extra("tapatalk", "readable_from_metas", Array, "Readable metadata", "Metadata of the forums that are read."),
        _extra("tapatalk", "readable_from_ids", Array, "Readable IDs", "Identifiers of the forums that are read."),
        _extra("twitter", "twitter_id", String, "Twitter name", "Name of the account on Twitter."),
        _extra("twitter", "twitter_uuid", String, "Twitter ID", "Number by which Twitter knows the account."),
        _extra(
            "twitter search", "main_source_id", ObjectId, "Main source ID", "Identifier of the source that searches."
        ),
        _extra("twitter search", "searches", Array, "Searches", "Words that are searched for."),
    ),
)
