"""Identity groups: the persons behind the identities, with what agents noted about them."""

from navette.catalogue.export import Column, Export, Lookup, Related
from navette.core.types import Array, Datetime, ObjectId, String, Text

_OF_GROUPS = Related(
    "members", "identities", by="identity_group_id", ids="SELECT id FROM base", columns=("id", "identity_group_id")
)

_IDENTITIES = "(SELECT identity_group_id, list(id ORDER BY id) AS ids FROM members GROUP BY identity_group_id)"

IDENTITY_GROUPS = Export(
    name="identity_groups",
    label="Identity groups",
    description="The persons behind the identities, recorded over a period, with what agents noted about them.",
    grain="one row per identity group",
    rows="identity_groups AS g",
    related=(_OF_GROUPS,),
    lookups=(Lookup("i", _IDENTITIES, on="i.identity_group_id = g.id"),),
    times={"created": "g.created_at", "updated": "g.updated_at"},
    filters={"tag": "list_contains(g.tag_ids, $value)"},
    incremental=True,
    columns=(
        Column("created_at", Datetime, "g.created_at", "Creation date", "When the record was created."),
        Column("updated_at", Datetime, "g.updated_at", "Update date", "When the record was last changed."),
        Column("id", ObjectId, "g.id", "ID", "Identifier of the identity group."),
        Column("firstname", String, "g.firstname", "First name", "First name.", sensitive=True),
        Column("lastname", String, "g.lastname", "Last name", "Last name.", sensitive=True),
        Column("company", String, "g.company", "Company", "Company of the person.", sensitive=True),
        Column("gender", String, "g.gender", "Gender", "Gender of the person: man or woman.", sensitive=True),
        Column("emails", Array, "g.emails", "E-mails", "E-mail addresses.", sensitive=True),
        Column("home_phones", Array, "g.home_phones", "Home phones", "Home telephone numbers.", sensitive=True),
        Column("mobile_phones", Array, "g.mobile_phones", "Mobile phones", "Mobile telephone numbers.", sensitive=True),
        Column("notes", Text, "g.notes", "Notes", "What agents noted about the person.", sensitive=True),
        Column("tag_ids", Array, "g.tag_ids", "Tag IDs", "Identifiers of the group's tags."),
        Column("identity_ids", Array, "i.ids", "Identity IDs", "Identifiers of the group's identities."),
    ),
)
