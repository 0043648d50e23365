"""What exports, merges and counts cost as the data of a contact centre grow: ``python -m benchmarks.growth``.

The stores are of one demo domain after some months: each has the rows of the smaller ones, and those of the months
after. They are made once, in the folder of work. ``--months 3 24 120`` adds 50 million messages to the default's 1 and
10. Every figure is a ratio, or beside the others of its row, all measured in this run. Both tables, what it costs as
data grow and the targets, are written to ``benchmarks/growth.md``, unless only some parts are measured.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks import messages
from benchmarks.growth_costs import Cost, cost, forget, operation
from benchmarks.growth_stores import CHANGES, DAY, changes, copied, frequent_values, grown, how_made, of_one_day
from benchmarks.peers import HOME
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Fields, Request
from navette.core.settings import Settings
from navette.core.windows import Window
from navette.exporting.prepare import Produced, open_engine, prepare
from navette.formats import FORMATS, Rendering
from navette.store import Store
from navette.store.versions import forget_read_logs
from navette.tables import TABLES

ONE_DAY = Window(DAY, DAY + timedelta(days=1))
DAILY = [name for name, export in EXPORTS.items() if export.incremental]
WHOLE = ("interventions", "threads", "interventions_segments", "responses", "presence_time")
WRITERS = (
    ("bi", "FORMAT csv, HEADER", 1.0),
    ("parquet", "FORMAT parquet, COMPRESSION zstd", 1.0),
    ("jsonl", "FORMAT json", 0.9),
)
"""Our formats, the options of the engine's own writer for the same file, and the largest allowed ratio."""

Row = tuple[str, ...]


@dataclass(frozen=True)
class Growth:
    """The stores of one run, and which targets were reached.

    ``grown`` are those that grow by months; ``thin`` has as many months as the second and about the messages of the
    first; ``day`` has the rows of one day.
    """

    work: Path
    months: Sequence[int]
    grown: Sequence[Settings]
    thin: Settings
    day: Settings
    runs: int
    targets: list[Row] = field(default_factory=list)

    @property
    def large(self) -> Settings:
        """The store of the second size: 10 million messages, unless another was chosen."""
        return self.grown[min(1, len(self.grown) - 1)]

    @property
    def out(self) -> Path:
        """A folder for files."""
        return self.work / "out"

    def reach(self, what: str, measured: str, target: str) -> None:
        """Record what was measured for a target."""
        self.targets.append((what, measured, target))


def main() -> None:
    """Measure, print the tables, and write them."""
    options = _options()
    growth = _growth(options)
    lines = _heading(growth)
    for name in options.measure or MEASURES:
        lines += _table(name.capitalize(), MEASURES[name](growth))
    lines += _table("Targets", iter([("what", "measured", "target"), *growth.targets]))
    if not options.measure:
        options.output.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, nargs="+", default=[3, 24], help="months of the stores, fewest first")
    parser.add_argument("--a-month", type=int, default=416_667, help="messages a month")
    parser.add_argument("--runs", type=int, default=3, help="runs of short measures")
    parser.add_argument("--work", type=Path, default=HOME / "growth", help="folder of the stores")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/growth.md"))
    parser.add_argument("--measure", nargs="+", choices=list(MEASURES), help="only these, and write nothing")
    return parser.parse_args()


def _growth(options: argparse.Namespace) -> Growth:
    made = [grown(options.work, options.a_month, months) for months in options.months]
    second = options.months[min(1, len(options.months) - 1)]
    thin = grown(options.work, max(1, options.a_month * options.months[0] // second), second)
    growth = Growth(options.work, options.months, made, thin, of_one_day(options.work, made[0]), options.runs)
    messages.emptied(growth.out)
    return growth


def _heading(growth: Growth) -> list[str]:
    months = zip(growth.grown, growth.months, strict=True)
    stored = ", ".join(f"{_stored(settings)} in {count} months" for settings, count in months)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return [
        "# What it costs as data grow",
        "",
        f"Written by `{' '.join(['python -m benchmarks.growth', *sys.argv[1:]])}`, commit "
        f"{commit.stdout.strip() or 'unknown'}, {os.cpu_count()} cores, Linux {platform.release()}. Messages stored: "
        f"{stored}. Medians of {growth.runs} runs in turn. The day is {DAY:%Y-%m-%d}.",
        "",
        *(f"- {_stored(settings)} messages: {how_made(settings)}" for settings in growth.grown),
    ]


def _table(title: str, rows: Iterator[Row]) -> list[str]:
    lines = ["", f"## {title}", ""]
    print("\n".join(lines), flush=True)
    for number, row in enumerate(rows):
        lines.append(f"| {' | '.join(row)} |")
        print(lines[-1], flush=True)
        if number == 0:
            lines.append("| --- " * len(row) + "|")
            print(lines[-1], flush=True)
    return lines


def _stored(settings: Settings) -> str:
    rows = Store(settings.store).pinned(TABLES["contents"]).rows
    return f"{rows / 1e6:.1f} M" if rows >= 100_000 else f"{rows:,}"


def days(growth: Growth) -> Iterator[Row]:
    """One day of every export that can cover a period, every column, from each store."""
    every = [growth.day, *growth.grown]
    sizes = [f"{_stored(settings)} stored" for settings in growth.grown]
    yield "one day of", "rows", "only that day stored", *sizes, "largest / smallest", "largest / only that day"
    flat, alone = [], []
    for name in DAILY:
        exports = [partial(_exported, settings, growth, name) for settings in every]
        rows = [export().rows for export in exports]
        seconds = _in_turn(exports, growth.runs)
        flat.append((seconds[-1] / seconds[1], name))
        alone.append((seconds[-1] / seconds[0], name))
        shown = f"{rows[0]:,}" if len(set(rows)) == 1 else " / ".join(f"{count:,}" for count in rows)
        yield name, shown, *(f"{one:.3f} s" for one in seconds), f"{flat[-1][0]:.2f}", f"{alone[-1][0]:.2f}"
    growth.reach("one day of every export, largest / smallest store", _worst(flat), "≤ 1.3")
    growth.reach("one day of every export, largest store / only that day", _worst(alone), "< 2")


def _exported(settings: Settings, growth: Growth, name: str) -> Produced:
    """The day of one export, from opening the store to the whole file."""
    forget_read_logs()  # opened as in a new process
    request = Request(name, ONE_DAY, fields=Fields(all=True))
    return prepare(request, open_engine(settings), FORMATS["bi"], Rendering("en", request.zone)).produce(growth.out)


def _in_turn(works: Sequence[Callable[[], object]], runs: int) -> list[float]:
    """The median seconds of several actions, which are measured in turn."""
    rounds = [[messages.timed(work) for work in works] for _ in range(runs)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def _worst(ratios: Sequence[tuple[float, str]]) -> str:
    ratio, name = max(ratios)
    return f"{ratio:.2f} ({name}); median {statistics.median(one for one, _ in ratios):.2f}"


def whole(growth: Growth) -> Iterator[Row]:
    """All rows of the exports that look children up, of the smallest store and of the large one."""
    stores = (growth.grown[0], growth.large)
    sizes = [f"{_stored(settings)} stored" for settings in stores]
    yield "all rows of", *sizes, "seconds a row, largest / smallest"
    ratios = []
    for name in WHOLE:
        runs = [_command(growth, settings, name) for settings in stores]
        files = [json.loads(run.printed)[-1] for run in runs]
        a_row = [file["seconds"] / max(1, file["rows"]) for file in files]
        ratios.append((a_row[-1] / a_row[0], name))
        shown = [
            f"{file['seconds']:.1f} s, {file['rows']:,} rows, {run.megabytes:.0f} MB"
            for file, run in zip(files, runs, strict=True)
        ]
        yield name, *shown, f"{ratios[-1][0]:.2f}"
    growth.reach(f"all rows of {', '.join(WHOLE)}: seconds a row, largest / smallest", _worst(ratios), "≤ 1.3")


def memory(growth: Growth) -> Iterator[Row]:
    """The peak memory of whole commands."""
    yield f"every column, {_stored(growth.large)} messages stored", "seconds", "peak memory"
    peaks = []
    for name in EXPORTS:
        run = _command(growth, growth.large, name)
        peaks.append((run.megabytes, name))
        yield name, f"{run.seconds:.1f}", f"{run.megabytes:.0f} MB"
    growth.reach("peak memory of every export, every column", "{:.0f} MB ({})".format(*max(peaks)), "< 700 MB")


def _command(growth: Growth, settings: Settings, name: str) -> Cost:
    command = ["navette", "export", name, "--all-fields", "--json", "--output", str(growth.out / "command")]
    return cost(command, settings.home)


def merges(growth: Growth) -> Iterator[Row]:
    """Changed and new messages, merged into copies of the stores."""
    yield "merge of", f"into {_stored(growth.thin)}", f"into {_stored(growth.large)}", "ratio"
    for what in CHANGES:
        few, many = (_merged(growth, settings, what) for settings in (growth.thin, growth.large))
        shown = [f"{run.seconds:.2f} s, {run.megabytes:.0f} MB" for run in (few, many)]
        yield what, *shown, f"{many.seconds / few.seconds:.2f}"
        target = CHANGES[what]
        growth.reach(f"merge of {what}", f"{shown[1]}; ratio {many.seconds / few.seconds:.2f}", target)


def _merged(growth: Growth, settings: Settings, what: str) -> Cost:
    """The median of some merges, each into a new copy."""
    path, runs = growth.work / "changes.parquet", []
    pq.write_table(changes(settings, what), path)
    for _ in range(growth.runs):
        copy = copied(settings, growth.work / "copy", "contents")
        runs.append(operation(copy.home, "merge", path))
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def formats(growth: Growth) -> Iterator[Row]:
    """Our files of the smallest store's messages, against the engine's own writer with all cores.

    Our files are on disk when they are complete; the engine's may still be in memory, unless they are flushed.
    """
    small = growth.grown[0]
    yield f"{_stored(small)} messages as", "MB", "Navette", "COPY", "COPY, flushed", "ratio", "ratio, flushed"
    for name, options, target in WRITERS:
        works = (
            partial(messages.export, small, growth.out, name),
            partial(messages.copy, small, growth.out, options),
            partial(messages.flushed_copy, small, growth.out, options),
        )
        rounds = [[messages.alone(work) for work in works] for _ in range(growth.runs)]
        seconds = [f"{statistics.median(times):.2f} s" for times in zip(*rounds, strict=True)]
        plain, flushed = (statistics.median(times[0] / times[n] for times in rounds) for n in (1, 2))
        size = messages.export(small, growth.out, name).bytes / 1e6
        yield name, f"{size:.0f}", *seconds, f"{plain:.2f}", f"{flushed:.2f}"
        growth.reach(
            f"messages → {name} / COPY", f"{plain:.2f}; its file flushed to disk: {flushed:.2f}", f"≤ {target}"
        )


def counts(growth: Growth) -> Iterator[Row]:
    """Each filter of messages with its most frequent value, in a new process each time."""
    yield f"count of {_stored(growth.large)} messages by", "seconds", "seconds, read from disk"
    measured = []
    for name, value in frequent_values(growth.large).items():
        seconds = [operation(growth.large.home, "count", name, value).seconds for _ in range(growth.runs)]
        measured.append((statistics.median(seconds), name))
        forget(growth.large.home, "contents")
        yield name, f"{measured[-1][0]:.3f}", f"{operation(growth.large.home, 'count', name, value).seconds:.3f}"
    growth.reach("count of any filter, at the first asking", "{:.3f} s ({})".format(*max(measured)), "< 0.3 s")


MEASURES: dict[str, Callable[[Growth], Iterator[Row]]] = {
    measure.__name__: measure for measure in (days, whole, memory, merges, formats, counts)
}


if __name__ == "__main__":
    main()
