"""Categories: the tree of subjects in which messages, threads and cases are put."""

from navette.catalogue.export import Column, Export, Lookup
from navette.catalogue.exports.relations import names_of
from navette.core.types import Array, Boolean, Datetime, Integer, ObjectId, String

# Each category's depth in the tree. A category whose parent is unknown counts as a root; one in a cycle has no row.
_LEVELS = """(
    WITH RECURSIVE tree AS (
        SELECT r.id, CAST(0 AS BIGINT) AS level FROM categories AS r LEFT JOIN categories AS p ON p.id = r.parent_id
        WHERE p.id IS NULL
        UNION ALL
        SELECT c.id, t.level + 1 AS level FROM categories AS c JOIN tree AS t ON t.id = c.parent_id
    )
    SELECT id, level FROM tree
)"""

CATEGORIES = Export(
    name="categories",
    label="Categories",
    description="The categories configured in the contact centre; the file can serve as a model to import categories.",
    grain="one row per category",
    rows="categories AS c",
    lookups=(
        Lookup("l", _LEVELS, on="l.id = c.id"),
        Lookup("p", "categories", on="p.id = c.parent_id"),
        Lookup("s", names_of("source_ids", "sources"), on="s.ids = c.source_ids"),
    ),
    filters={"source": "list_contains(c.source_ids, $value)"},
    order=("c.name", "c.id"),
    columns=(
        Column("created_at", Datetime, "c.created_at", "Creation date", "When the record was created."),
        Column("updated_at", Datetime, "c.updated_at", "Update date", "When the record was last changed."),
        Column("id", ObjectId, "c.id", "ID", "Identifier of the category."),
        Column("level", Integer, "l.level", "Level", "Depth in the tree of categories: 0 for a root, 1 just below."),
        Column("mandatory", Boolean, "c.mandatory", "Mandatory", "Whether one of its categories must be chosen."),
        Column(
            "post_qualification",
            Boolean,
            "c.post_qualification",
            "Post-qualification",
            "Whether it is asked for when a case is closed.",
        ),
        Column("multiple", Boolean, "c.multiple", "Multiple choice", "Whether several of them may be chosen."),
        Column("name", String, "c.name", "Name", "Name of the category."),
        Column("unselectable", Boolean, "c.unselectable", "Not selectable", "Whether only those below can be chosen."),
        Column("parent_id", ObjectId, "c.parent_id", "Parent ID", "Identifier of the category above, if any."),
        Column("parent_name", String, "p.name", "Parent name", "Name of the category above, if any."),
        Column("sources", Array, "s.names", "Sources", "Names of the sources on which the category can be used."),
    ),
)
