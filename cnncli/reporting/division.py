"""The second part of a report: the data, and how they were divided."""

from __future__ import annotations

from collections import Counter, defaultdict

from cnncli.data.corrections import recorded
from cnncli.reporting.material import Material
from cnncli.reporting.parts import Branch, Facts, Flow, Grid, Part, Section, Text
from cnncli.reporting.words import listed
from cnncli.runs.record import PARTS
from cnncli.words import counted

NAMED = 10  # classes named in a box of the flow
REASONS = 20  # files listed that could not be read
TITLES = {"train": "Training", "validation": "Validation", "test": "Test"}


def section(of: Material) -> Section:
    """Return where the images went, as a drawing and as a table."""
    data = of.record["data"]
    rows = [*found(of), ("Divided", how(of)), ("Kept together", kept_together(of))]
    parts: list[Part] = [_flow(of), Facts(rows), _table(of), *_of_several(of), *unreadable(of)]
    if data["options"].get("value_range"):
        low, high = data["options"]["value_range"]
        parts.append(Text(f"Values of {low:g} to {high:g} were taken for black to white."))
    return Section("data", "Data, and how they were divided", parts)


def found(of: Material) -> list[tuple[str, str]]:
    """Return where the images were, and what their classes are."""
    return [("Folder", str(of.record["data"]["path"])), *_made_classes(of)]


def unreadable(of: Material) -> list[Part]:
    """Return the files that could not be read, the first of many; nothing where there are none."""
    files = of.record["data"].get("unreadable", ())
    if not files:
        return []
    shown = [(file, reason) for file, reason in files[:REASONS]]
    more = f", the first {REASONS} of {len(files):,}" if len(files) > REASONS else ""
    return [Grid(f"Files that could not be read{more}", ("File", "Why"), shown)]


def how(of: Material) -> str:
    """Return how the parts were made, in words."""
    split = of.record["data"]["split"]
    if split.get("source"):
        return f"taken over from {split['source']}"
    if split.get("folds"):
        return f"fold {split['fold']} of {split['folds']}, by class, seed {split.get('seed', 0)}"
    shares = split.get("shares")
    if shares:
        train, validation, test = (f"{100 * share:g}" for share in shares)
        return f"{train} / {validation} / {test} %, by class, seed {split.get('seed', 0)}"
    return f"15 % to test, 15 % of the rest to validate, by class, seed {split.get('seed', 0)}"


def kept_together(of: Material) -> str:
    """Return what was kept in one part, in words."""
    if not of.grouped:
        return "nothing: each image was placed by itself (but for copies of one picture)"
    number = len({row.group for row in of.split if row.group})
    pattern = of.record["data"]["split"]["group_by"]
    by = f"what {pattern} finds in the file name" if pattern else "a column of a table"
    return f"the images of each of {counted(number, 'group')}, by {by}{_example(of)}"


def _example(of: Material) -> str:
    """Return a file and its group: ", as 00001280 in 00001280_004.png"."""
    row = next((each for each in of.split if each.group), None)
    return f", as {row.group} in {row.file.rpartition('/')[2]}" if row is not None else ""


def _of_several(of: Material) -> list[Part]:
    """Say how many groups have images of several classes, so that sums of groups are larger."""
    classes: dict[str, set[str]] = defaultdict(set)
    for row in of.split:
        if row.group:
            classes[row.group].add(row.label)
    if not (number := sum(len(each) > 1 for each in classes.values())):
        return []
    have, are = ("has", "is") if number == 1 else ("have", "are")
    both = "both" if len(of.classes) == 2 else "several"
    said = (
        f"{counted(number, 'group')} {have} images of {both} classes, and {are} counted with each "
        "of them, but once in the row of all."
    )
    return [Text(said)]


def _made_classes(of: Material) -> list[tuple[str, str]]:
    rows = []
    options = of.record["data"]["options"]
    if of.record["data"]["labels"]:
        rows.append(("Labels", f"from the table {of.record['data']['labels'][0]}"))
    if merge := options.get("merge"):
        rows.append(("Merged", ", ".join(f"{name} into {into}" for name, into in merge.items())))
    if made := recorded(of.record["data"].get("corrections")):
        rows.append(("Corrections", f"{made} (digest {made.digest})"))
    rows.append(("Classes", listed(of.classes, 20)))
    if of.positive is not None:
        rows.append(("Positive class", of.positive))
    return rows


def _flow(of: Material) -> Flow:
    number = len(of.record["data"].get("unreadable", ()))
    images = counted(len(of.split) + number, "image")
    branches = [_branch(of, part) for part in PARTS]
    said = "; ".join(f"{each.title}: {', '.join(each.lines)}" for each in branches)
    return Flow(
        Branch("Found", [images]),
        Branch("Left out", [f"{number:,} could not be read"] if number else ["none"]),
        branches,
        f"{images} found, {number:,} left out as unreadable. {said}.",
    )


def _branch(of: Material, part: str) -> Branch:
    rows = of.of_part(part)
    count = Counter(row.label for row in rows)
    lines = [counted(len(rows), "image")]
    if of.grouped:
        lines.append(counted(len({row.group for row in rows if row.group}), "group"))
    lines += [f"{name}: {count[name]:,}" for name in of.classes[:NAMED]]
    if len(of.classes) > NAMED:
        lines.append(f"{len(of.classes) - NAMED:,} more classes")
    return Branch(TITLES[part], lines)


def _table(of: Material) -> Grid:
    """Return how many images, and groups, of each class there are in each part."""
    images = Counter((row.label, row.part) for row in of.split)
    groups = Counter({(row.label, row.part, row.group) for row in of.split if row.group})
    of_pair = Counter((label, part) for label, part, _ in groups)
    of_class = Counter(
        label for label, _ in {(row.label, row.group) for row in of.split if row.group}
    )
    rows = [
        (
            name,
            *(_cell(images[name, part], of_pair[name, part] or None) for part in PARTS),
            _cell(sum(images[name, part] for part in PARTS), of_class[name] or None),
        )
        for name in of.classes
    ]
    whole = Counter(row.part for row in of.split)
    known = Counter(part for part, _ in {(row.part, row.group) for row in of.split if row.group})
    of_all = len({row.group for row in of.split if row.group}) or None
    cells = (_cell(whole[part], known[part] or None) for part in PARTS)
    rows.append(("all", *cells, _cell(len(of.split), of_all)))
    caption = "Images of each class in each part"
    if of.grouped:
        caption += " (in brackets: the groups that they belong to)"
    columns = ("Class", *(TITLES[part] for part in PARTS), "All")
    return Grid(caption, columns, rows, frozenset((1, 2, 3, 4)), folded=len(rows) > 30)


def _cell(images: int, groups: int | None) -> str:
    return f"{images:,}" if groups is None else f"{images:,} ({groups:,})"
