"""The SQL functions that exports may use, by sqlglot's names.

Every engine runs the same exports: sqlglot writes each of these for another engine with the same meaning. A function is
added here only after that was looked at.
"""

ALLOWED = frozenset(
    {
        "any_value",
        "arg_max",
        "arg_min",
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
        "explode",
        "floor",
        "generate_series",
        "greatest",
        "json_extract",
        "json_extract_scalar",
        "lag",
        "lead",
        "least",
        "length",
        "list_position",
        "logical_or",
        "lower",
        "max",
        "min",
        "nullif",
        "regexp_replace",
        "replace",
        "round",
        "row_number",
        "split",
        "split_part",
        "sum",
        "time_to_str",
        "time_to_unix",
        "timestamp_trunc",
        "timezone",
        "trim",
    }
)
