"""Agents: the users of the contact centre."""

from navette.catalogue.export import Column, Export, Lookup, Related
from navette.catalogue.exports.relations import SCREEN_NAME, names_of
from navette.core.types import Array, Boolean, Datetime, ObjectId, String

_IDENTITIES = Related(
    "accounts", "identities", by="id", ids="SELECT unnest(identity_ids) FROM base", columns=("id", "screenname")
)

AGENTS = Export(
    name="agents",
    label="Agents",
    description="The users of the contact centre and their attributes: role, teams, categories, identities.",
    grain="one row per agent",
    rows="agents AS a",
    related=(_IDENTITIES,),
    lookups=(
        Lookup("r", "roles", on="r.id = a.role_id"),
        Lookup("t", names_of("team_ids", "teams"), on="t.ids = a.team_ids"),
        Lookup("c", names_of("category_ids", "categories"), on="c.ids = a.category_ids"),
        Lookup("i", names_of("identity_ids", "accounts", SCREEN_NAME), on="i.ids = a.identity_ids"),
    ),
    times={"created": "a.created_at"},
    filters={
        "role": "a.role_id = $value",
        "team": "list_contains(a.team_ids, $value)",
        "category": "list_contains(a.category_ids, $value)",
        "status": "CASE WHEN a.enabled THEN 'enabled' ELSE 'disabled' END = $value",
    },
    order=("a.lastname", "a.firstname", "a.id"),
    incremental=True,
    listing=True,
    columns=(
        Column("created_at", Datetime, "a.created_at", "Creation date", "When the record was created."),
        Column("id", ObjectId, "a.id", "ID", "Identifier of the agent."),
        Column("firstname", String, "a.firstname", "First name", "First name of the agent."),
        Column("lastname", String, "a.lastname", "Last name", "Last name of the agent."),
        Column("nickname", String, "a.nickname", "Nickname", "Name under which customers may see the agent."),
        Column("gender", String, "a.gender", "Gender", "Gender of the agent, where it was given."),
        Column("email", String, "a.email", "E-mail", "E-mail address with which the agent signs in."),
        Column("identities", Array, "i.names", "Identities", "Screen names of the identities under which they write."),
        Column("role", String, "r.label", "Role", "Label of the role that sets what the agent may do."),
        Column("teams", Array, "t.names", "Teams", "Names of the teams that the agent belongs to."),
        Column("categories", Array, "c.names", "Categories", "Names of the categories that the agent follows."),
        Column("signatures", Array, "a.signatures", "Signatures", "Texts that end the agent's replies."),
        Column("foreign_id", String, "a.foreign_id", "External ID", "Identifier of the agent in your own system."),
        Column("foreign_jwt_id", String, "a.foreign_jwt_id", "JWT ID", "Identifier of the agent in JWT sign-on."),
        Column("foreign_saml_id", String, "a.foreign_saml_id", "SAML ID", "Identifier of the agent in SAML sign-on."),
        Column("enabled", Boolean, "a.enabled", "Enabled", "Whether the agent may sign in."),
        Column("no_password", Boolean, "a.no_password", "No password", "Whether the agent has no password to sign in."),
    ),
)
