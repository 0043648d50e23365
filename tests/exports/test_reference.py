"""The catalogue against the public reference: every export and every column, as published."""

import csv
import re
from pathlib import Path

import pytest

from navette.catalogue.export import Column
from navette.catalogue.exports import EXPORTS

# The reference describes each agent's notification settings under the name of the notifications themselves.
RENAMED = {"agents_notifications": "agents_notifications_settings"}


@pytest.fixture(scope="module")
def published(reference: Path) -> list[dict[str, str]]:
    with (reference / "export-columns.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row | {"export": RENAMED.get(row["export"], row["export"])} for row in rows]


def declared(export: str) -> dict[str, Column]:
    return {column.name: column for column in EXPORTS[export].all_columns()}


def test_every_published_export_is_there(published: list[dict[str, str]], reference: Path) -> None:
    named = {row["export"] for row in published}
    table = (reference / "ENCODING.md").read_text(encoding="utf-8")
    named |= set(re.findall(r"^\| [A-Z][^|]*\| ([a-z_-]+) \| (?:yes|no)", table, flags=re.M))
    assert named <= EXPORTS.keys()
    assert len(EXPORTS) == 23


def test_every_published_column_is_there_with_its_type(published: list[dict[str, str]]) -> None:
    assert [
        (row["export"], row["column"], row["type"])
        for row in published
        if row["column"] not in declared(row["export"])
        or declared(row["export"])[row["column"]].type.name != row["type"]
    ] == []


def test_sensitivity_is_as_published(published: list[dict[str, str]]) -> None:
    wrong = [
        (row["export"], row["column"])
        for row in published
        if declared(row["export"])[row["column"]].sensitive != (row["sensitive"] == "yes")
    ]
    assert wrong == []


def test_extra_columns_are_as_published(published: list[dict[str, str]]) -> None:
    wrong = [
        (row["export"], row["column"])
        for row in published
        if (declared(row["export"])[row["column"]].extra or "") != row["extra"]
    ]
    assert wrong == []


def test_extensions_are_as_published(published: list[dict[str, str]]) -> None:
    wrong = [
        (row["export"], row["column"], row["extension"])
        for row in published
        if row["extension"]
        not in (declared(row["export"])[row["column"]].extension or "", EXPORTS[row["export"]].extension)
    ]
    assert wrong == []


def test_the_columns_come_in_the_published_order(published: list[dict[str, str]]) -> None:
    for export in {row["export"] for row in published}:
        order = [row["column"] for row in published if row["export"] == export]
        ours = [name for name in declared(export) if name in order]
        moved = {"satisfaction_grade", "sentiment_text"}  # the reference lists an extension's columns apart
        assert [name for name in ours if name not in moved] == [name for name in order if name not in moved]


def test_incremental_and_times_are_as_published(reference: Path) -> None:
    table = (reference / "ENCODING.md").read_text(encoding="utf-8")
    words = {
        "creation": "created",
        "update": "updated",
        "last content": "last_content",
        "response": "response",
        "begin (start)": "started",
        "date": "date",
    }
    for name, incremental, times in re.findall(
        r"^\| [^|]+\| ([a-z_-]+) \| (yes|no)[^|]*\|([^|]*)\|", table, flags=re.M
    ):
        expected = [words[time.strip()] for time in times.split(",") if time.strip()]
        assert (name, EXPORTS[name].incremental, list(EXPORTS[name].times)) == (name, incremental == "yes", expected)
