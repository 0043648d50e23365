"""The SQL functions that exports can use, by sqlglot's names.

Every engine runs the same exports, so sqlglot must write each function for other engines with the same meaning.
Check that before you add a function here.
"""

OURS = frozenset({"html_text"})
"""Navette's own functions, which each engine is given because SQL cannot do the same. ``navette.core`` documents
each."""

ALLOWED = OURS | frozenset(
    {
        "abs",
        "any_value",
        "arg_max",
        "arg_min",
        "array",
        "array_agg",
        "array_contains",
        "array_size",
        "array_to_string",
        "chr",
        "coalesce",
        "concat_ws",
        "count",
        "datediff",
        "dayofweek_iso",
        "epoch_us",
        "explode",
        "floor",
        "generate_series",
        "greatest",
        "json_array_length",
        "json_each",
        "json_extract",
        "json_extract_scalar",
        "lag",
        "lead",
        "least",
        "length",
        "logical_and",
        "logical_or",
        "lower",
        "max",
        "min",
        "nullif",
        "pg_timezone_names",
        "regexp_extract",
        "regexp_like",
        "regexp_replace",
        "replace",
        "round",
        "row_number",
        "split",
        "split_part",
        "strip_accents",
        "struct",
        "sum",
        "time_to_str",
        "time_to_unix",
        "timestamp_trunc",
        "timezone",
        "trim",
    }
)
