"""The kinds of sources: their names, their pace, and the values that only they have."""

from dataclasses import dataclass, field
from typing import Any

PARIS, LONDON, NEW_YORK = 0, 1, 2
DESKS = ("Paris", "London", "New York")
DESK_LANGUAGES = ("fr", "en", "en")
DESK_ZONES = ("Europe/Paris", "Europe/London", "America/New_York")

CHANNELS = ("Réseaux sociaux", "E-mail", "Chat", "Messagerie", "SMS", "Communautés")
SOCIAL, EMAIL, CHAT, MESSAGING, SMS, FORUMS = range(6)


@dataclass(frozen=True)
class SourceKind:
    """A type of source, connected once for each of its ``desks``.

    ``pace`` is the usual number of seconds between two messages, ``weight`` its share of the threads, ``public`` and
    ``private`` the types of its messages (``private`` is empty if it has no private messages). In ``extra``, a text
    can name the ``{desk}`` (as part of an address), its ``{number}`` and the ``{main}`` source of a search.
    """

    type: str
    community: str
    channel: int
    desks: tuple[int, ...]
    weight: float
    pace: int
    public: tuple[str, ...]
    private: str | None = None
    titled: bool = False
    html: bool = False
    foreign_categories: bool = False
    rated: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


SOURCE_KINDS = (
    SourceKind(
        "Facebook", "Facebook", SOCIAL, (PARIS, LONDON), 12, 2400, ("fb/post", "fb/comment"), "fb/private_message",
        extra={
            "fb_app_id": "10420{number}558817340", "fb_page_id": "20731{number}994412086", "synchronize_messages": True,
            "synchronize_posts": True, "synchronize_dark_posts": False,
        },
    ),
    SourceKind(
        "Twitter", "Twitter", SOCIAL, (PARIS, LONDON), 8, 1800, ("tw/tweet", "tw/reply"), "tw/direct_message",
        extra={"twitter_id": "demo_store_{desk}", "twitter_uuid": "1468{number}02217935"},
    ),
    SourceKind(
        "Twitter Search", "Twitter", SOCIAL, (PARIS, LONDON), 2, 5400, ("tw/tweet",),
        extra={"main_source_id": "{main}", "searches": ["#demostore", "demo store -rt", '"boutique démo"']},
    ),
    SourceKind(
        "Instagram", "Instagram", SOCIAL, (PARIS, LONDON), 7, 2400, ("ig/comment",), "ig/direct_message",
        extra={"instagram_business_account_id": "1784140{number}33920175"},
    ),
    SourceKind(
        "Google Plus", "Google Plus", SOCIAL, (PARIS, LONDON), 0.6, 9000, ("gp/review",), rated=True,
        extra={"page_id": "11460{number}227015883940261"},
    ),
    SourceKind(
        "Email", "Email", EMAIL, (PARIS, LONDON, NEW_YORK), 26, 7200, ("email",), titled=True, html=True,
        extra={
            "email": "care.{desk}@example.com", "from_email": "no-reply.{desk}@example.com",
            "open_tracking_enabled": True,
        },
    ),
    SourceKind(
        "Chat", "Chat", CHAT, (PARIS, LONDON, NEW_YORK), 14, 45, ("chat/message",),
        extra={"from_name": "Demo Store {desk}"},
    ),
    SourceKind(
        "Mobile messaging", "Mobile", MESSAGING, (PARIS, LONDON), 7, 420, ("mobile/message",),
        extra={
            "application": "com.example.store.{desk}", "notification_generic_message": "You have a new message",
            "disable_notification_body_display": False, "from_name": "Demo Store app",
        },
    ),
    SourceKind(
        "Lithium", "Lithium", FORUMS, (PARIS, LONDON), 1.5, 9000, ("lithium/message",), "lithium/note", titled=True,
        html=True, foreign_categories=True, rated=True,
        extra={"abuse_only": False, "url": "https://community-{desk}.example.com"},
    ),
    SourceKind(
        "RightNow", "RightNow", FORUMS, (PARIS, LONDON), 0.8, 9000, ("rightnow/incident",), "rightnow/note",
        titled=True, extra={"url": "https://incidents-{desk}.example.com"},
    ),
    SourceKind(
        "Tapatalk", "Tapatalk", FORUMS, (PARIS, LONDON), 0.8, 12000, ("tapatalk/post",), "tapatalk/private_message",
        titled=True, foreign_categories=True,
        extra={
            "url": "https://forum-{desk}.example.org", "readable_from_metas": ["subject", "prefix"],
            "readable_from_ids": ["12", "0045", "46"],
        },
    ),
    SourceKind(
        "Nexmo SMS", "SMS", SMS, (PARIS, LONDON), 4, 700, ("sms",), extra={"from_name": "+3363998000{number}"},
    ),
    SourceKind(
        "RingCentral SMS", "SMS", SMS, (LONDON, NEW_YORK), 3, 700, ("sms",),
        extra={"phone_number": "+1202555010{number}"},
    ),
    SourceKind(
        "Nexmo WhatsApp", "WhatsApp", MESSAGING, (PARIS, LONDON), 9, 500, ("ott/message",),
        extra={"ott_type": "whatsapp", "ott_account_id": "3363998001{number}"},
    ),
    SourceKind(
        "Nexmo WeChat", "WeChat", MESSAGING, (PARIS, LONDON), 1, 500, ("ott/message",),
        extra={"ott_type": "wechat", "ott_account_id": "gh_0d3{number}7ac1"},
    ),
    SourceKind(
        "Nexmo LINE", "LINE", MESSAGING, (PARIS, NEW_YORK), 1, 500, ("ott/message",),
        extra={"ott_type": "line", "ott_account_id": "@demo{number}store"},
    ),
    SourceKind(
        "Dimelo Ideas", "Dimelo Users", FORUMS, (PARIS, LONDON), 0.8, 20000, ("ideas/idea", "ideas/comment"),
        titled=True, foreign_categories=True, extra={"domain_name": "ideas-{desk}.example.com"},
    ),
    SourceKind(
        "Dimelo Answers", "Dimelo Users", FORUMS, (PARIS, LONDON), 1.5, 9000, ("answers/question", "answers/answer"),
        "answers/private_message", titled=True, html=True, foreign_categories=True,
        extra={
            "domain_name": "answers-{desk}.example.com", "facebook_app_id": "30418{number}7723",
            "facebook_page_id": "40960{number}1187",
        },
    ),
    SourceKind(
        "SDK", "SDK", MESSAGING, (PARIS, NEW_YORK), 1.2, 3600, ("sdk/message",), "sdk/private_message", rated=True,
        extra={"base_uri": "https://sdk-{desk}.example.net/realtime"},
    ),
)  # fmt: skip
