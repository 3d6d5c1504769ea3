"""What `cnncli data` prints: tables for a person, one document for a script."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any

from cnncli import console
from cnncli.data.report import Report
from cnncli.data.split import PARTS
from cnncli.render.terminal import table as tables
from cnncli.render.terminal import units
from cnncli.render.terminal.table import Column, Table
from cnncli.words import counted

NAMED = 10  # files or sets of files that are named; of more, the number
KINDS = 4
KIND_NAMES = {
    "size": "size (height x width)",
    "format": "format",
    "mode": "mode",
    "depth": "bits",
}


def show(report: Report) -> None:
    """Print classes and parts, kinds of images, and what was found."""
    tables.show(class_table(report))
    if line := group_line(report):
        console.result(line)
    console.result("")
    tables.show(kind_table(report))
    out = console.stdout()
    for line in finding_lines(report):
        console.result(_wrapped(line, out.width) if out.is_terminal else line)


def _wrapped(line: str, width: int) -> str:
    """Break a line between words, where a terminal would break it anywhere."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    lines = textwrap.wrap(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines)


def class_table(report: Report) -> Table:
    """Return a row for each class: its images by part, and the grey of its pixels."""
    counts = report.counts()
    parts = [part for part in (*PARTS, "") if any(row[part] for row in counts.values())]
    parts = parts if report.split else []
    columns = [
        Column("class"),
        *(Column(part or "left out", "right") for part in parts),
        Column("images", "right"),
        Column("share", "right", priority=1),
        Column("mean", "right", priority=2),
        Column("spread", "right", priority=2),
    ]
    total: Counter[str] = Counter()
    rows = []
    for label, row in counts.items():
        total.update(row)
        rows.append(_class_row(report, label, row, parts))
    rows.append(_class_row(report, None, total, parts))
    read, size = len(report.items), sum(item.size for item in report.items)
    title = f"{report.index.name}: {counted(read, 'image')} in {counted(len(counts), 'class')}"
    return Table(
        columns,
        rows,
        title=f"{title}, {units.size(size)}",
        footer=("mean and spread are those of the pixel values, 0 (black) to 255 (white)",),
        sections=frozenset({len(rows) - 1}),
    )


def group_line(report: Report) -> str | None:
    """Say how many groups there are in each part; None where no groups were asked for."""
    found = report.split.grouping if report.split else None
    if found is None or found.suggested:
        return None
    parts = ", ".join(f"{part} {found.of_part(report.parts, part):,}" for part in PARTS)
    return f"{counted(found.count, 'group')} by {found.pattern or found.by} ({parts})"


def _class_row(report: Report, label: str | None, row: Counter[str], parts: list[str]) -> list[str]:
    mean, spread = report.levels(label)
    return [
        "all" if label is None else label,
        *(f"{row[part]:,}" for part in parts),
        f"{row.total():,}",
        units.percent(row.total(), len(report.items)),
        f"{mean:.1f}",
        f"{spread:.1f}",
    ]


def kind_table(report: Report) -> Table:
    """Return sizes, formats, modes and depths with their numbers of images, the usual ones."""
    rows = []
    for name, shown in KIND_NAMES.items():
        found = report.kinds(name)
        usual = [f"{kind} ({count:,})" for kind, count in found.most_common(KINDS)]
        more = len(found) - KINDS
        rows.append([shown, ", ".join(usual) + (f", and {more:,} more" if more > 0 else "")])
    return Table([Column("kind"), Column("images")], rows)


def finding_lines(report: Report) -> list[str]:
    """Return what was found as lines: what is wrong, then what is worth a look, with files."""
    lines = []
    for wrong, heading in ((True, "Wrong:"), (False, "Worth a look:")):
        chosen = [finding for finding in report.findings if finding.wrong == wrong]
        if chosen:
            lines += ["", heading]
        for finding in chosen:
            lines.append(f"  {finding.text}")
            lines += [f"      {line}" for line in _files(report, finding.kind, finding.files)]
    if not report.findings:
        lines += ["", "Nothing is wrong with these images."]
    return lines


def _files(report: Report, kind: str, files: tuple[tuple[str, ...], ...]) -> list[str]:
    reasons = {one.file: one.reason for one in report.unreadable}
    lines = []
    for one in files[:NAMED]:
        reason = f": {reasons[one[0]]}" if kind == "unreadable" else ""
        lines.append(", ".join(one[:NAMED]) + (" ..." if len(one) > NAMED else "") + reason)
    if len(files) > NAMED:
        lines.append(f"... and {len(files) - NAMED:,} more (--json names all)")
    return lines


def document(report: Report) -> dict[str, Any]:
    """Return the report as `--json` prints it."""
    mean, spread = report.levels()
    return {
        "schema": "cnncli.data/1",
        "data": report.index.name,
        "images": len(report.items),
        "classes": {
            label: {
                "images": row.total(),
                **{part: row[part] for part in PARTS},
                **dict(zip(("mean", "spread"), report.levels(label), strict=True)),
            }
            for label, row in report.counts().items()
        },
        "sizes": dict(report.kinds("size").most_common()),
        "formats": dict(report.kinds("format").most_common()),
        "modes": dict(report.kinds("mode").most_common()),
        "depths": dict(report.kinds("depth").most_common()),
        "mean": mean,
        "spread": spread,
        "groups": _groups(report),
        "unreadable": [{"file": one.file, "reason": one.reason} for one in report.unreadable],
        "findings": [
            {
                "kind": finding.kind,
                "text": finding.text,
                "wrong": finding.wrong,
                "files": [list(one) for one in finding.files],
            }
            for finding in report.findings
        ],
        "wrong": report.wrong,
    }


def example(classes: Sequence[str]) -> dict[str, Any]:
    """Return a document of such classes: keys and kinds are true, the values mean nothing.

    What is null or empty may be anything.
    """
    parts = dict.fromkeys(PARTS, 0)
    levels = {"mean": 0.0, "spread": 0.0}
    return {
        **{"schema": "", "data": "", "images": 0},
        "classes": {label: {"images": 0, **parts, **levels} for label in classes},
        **{"sizes": {}, "formats": {}, "modes": {}, "depths": {}},
        **levels,
        "groups": {"pattern": "", "suggested": True, "count": 0, **parts, "in_several_parts": 0},
        "unreadable": [{"file": "", "reason": ""}],
        "findings": [{"kind": "", "text": "", "wrong": True, "files": []}],
        "wrong": True,
    }


def _groups(report: Report) -> dict[str, Any] | None:
    found = report.split.grouping if report.split else None
    if found is None:
        return None
    return {
        "pattern": found.pattern,
        "suggested": found.suggested,
        "count": found.count,
        **{part: found.of_part(report.parts, part) for part in PARTS},
        "in_several_parts": found.divided(report.parts),
    }
