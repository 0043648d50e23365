"""What every export's declaration keeps to."""

import pytest
from sqlglot import exp

from navette.catalogue.columns import parse
from navette.catalogue.compile import compile_query
from navette.catalogue.export import Export, Family
from navette.catalogue.exports import EXPORTS
from navette.catalogue.functions import ALLOWED
from navette.catalogue.request import Fields, Request
from navette.tables import SMALL_TABLES, TABLES


def one_member(_query: str) -> list[tuple[str, ...]]:
    return [("$.questions[0]", "name", "String")]


@pytest.fixture(params=EXPORTS.values(), ids=list(EXPORTS))
def export(request: pytest.FixtureRequest) -> Export:
    return request.param


def test_only_allowed_functions_are_used(export: Export) -> None:
    """Other engines are given the same SQL by sqlglot, which translates syntax and not meaning."""
    query = compile_query(export, Request(export.name, fields=Fields(all=True)), one_member)
    members = [column.members for column in export.columns if isinstance(column, Family)]
    summaries = [summary.query for table in TABLES.values() for summary in table.summaries]
    others = [parse(sql) for sql in (*export.filters.values(), *times(export), *members, *summaries)]
    used = {
        function.name.lower() if isinstance(function, exp.Anonymous) else function.sql_name().lower()
        for expression in [query.select, *others]
        for function in expression.find_all(exp.Func)
        if not isinstance(function, exp.Connector | exp.Case | exp.If | exp.Cast)
    }
    assert used - ALLOWED == set()


def test_only_known_tables_and_columns_are_read(export: Export) -> None:
    query = compile_query(export, Request(export.name, fields=Fields(all=True)), one_member)
    ctes = {cte.alias for cte in query.select.find_all(exp.CTE)}
    read = {table.name for table in query.select.find_all(exp.Table) if isinstance(table.this, exp.Identifier)}
    assert read - ctes <= TABLES.keys()
    assert query.tables == read - ctes


def test_large_tables_are_read_only_as_rows_related_to_the_rows_in_hand(export: Export) -> None:
    """The cost of an export follows its own rows, not those stored."""
    families = [column for column in export.columns if isinstance(column, Family)]
    lookups = [*export.lookups, *(family.lookup for family in families if family.lookup)]
    texts = [*export.filters.values(), *times(export), *(lookup.on for lookup in lookups), export.where or "1"]
    relations = [lookup.relation for lookup in lookups]
    known = {*SMALL_TABLES, "base"}
    for related in export.related:
        assert tables_read(parse(related.ids)) <= known
        assert related.name not in TABLES
        known.add(related.name)
    for shared in export.shared:
        assert tables_read(parse(shared.query)) <= known
        known.add(shared.name)
    assert {name for name in relations if name.isidentifier()} <= known
    for expression in map(parse, [*texts, *(relation for relation in relations if not relation.isidentifier())]):
        assert tables_read(expression) <= known
    summaries = {summary.name for table in TABLES.values() for summary in table.summaries}
    for family in families:
        assert tables_read(parse(family.members)) <= {*SMALL_TABLES, *summaries}


def test_summaries_read_their_table_alone() -> None:
    for table in TABLES.values():
        assert all(tables_read(parse(summary.query)) == {table.name} for summary in table.summaries)


def times(export: Export) -> list[str]:
    return [time for time in export.times.values() if isinstance(time, str)]


def tables_read(expression: exp.Expr) -> set[str]:
    ctes = {cte.alias for cte in expression.find_all(exp.CTE)}
    return {table.name for table in expression.find_all(exp.Table) if isinstance(table.this, exp.Identifier)} - ctes


def test_related_rows_have_columns_of_their_table(export: Export) -> None:
    for related in export.related:
        assert {related.by, *related.columns} <= {field.name for field in TABLES[related.table].fields}


def test_related_rows_of_a_parent_are_in_a_projection(export: Export) -> None:
    for related in export.related:
        table = TABLES[related.table]
        projected = {projection.by: {projection.by, *projection.columns} for projection in table.projections}
        assert (related.by,) == table.key or set(related.columns) <= projected[related.by]


def test_column_names_are_unique(export: Export) -> None:
    names = [column.name for column in export.all_columns()]
    assert len(names) == len(set(names))


def test_default_columns_are_not_marked_sensitive_and_there_are_some(export: Export) -> None:
    query = compile_query(export, Request(export.name), one_member)
    assert query.columns
    assert not any(column.sensitive for column in query.columns)


def test_a_lookup_that_no_column_needs_is_not_joined(export: Export) -> None:
    [first, *_] = [column for column in export.all_columns() if column.name in ("id", "user_id", "label", "foreign_id")]
    query = compile_query(export, Request(export.name, fields=Fields(only=(first.name,))), one_member)
    joined = {join.alias_or_name for join in query.select.args.get("joins", [])}
    needed = {column.table for column in parse(first.expression).find_all(exp.Column)}
    needed |= {column.table for term in export.order for column in parse(term).find_all(exp.Column)}
    assert joined <= needed


def test_only_what_the_store_has_checked_counts_as_an_id() -> None:
    """Published as ObjectId, yet names and ids of other systems: such values may hold anything."""
    columns = compile_query(EXPORTS["responses"], Request("responses", fields=Fields(all=True)), one_member).columns
    ids = {column.name for column in columns if column.is_id}
    assert {"intervention_id", "user_id"} <= ids
    assert not {"identity_name"} & ids
    columns = compile_query(EXPORTS["attachments"], Request("attachments"), one_member).columns
    assert {column.name for column in columns if column.is_id} >= {"id", "content_id"}
    assert "foreign_id" not in {column.name for column in columns if column.is_id}
