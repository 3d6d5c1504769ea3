"""Splits: stratified, seeded, and nothing that belongs together on two sides."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncli.data.grouping import grouping, suggest
from cnncli.data.index import Item
from cnncli.data.order import order
from cnncli.data.split import PARTS, require_parts, split
from cnncli.data.split_options import Options, parse_shares
from cnncli.errors import DataError, UsageError

SEEDS = st.integers(0, 2**32)
# Classes of 2 to 40 images, of which some belong to the same patient.
COUNTS = st.lists(st.integers(2, 40), min_size=2, max_size=5)
SHARES = st.tuples(st.integers(1, 8), st.integers(0, 4), st.integers(0, 4)).map(
    lambda parts: tuple(part / sum(parts) for part in parts)
)


def items_of(counts: list[int], patients: int = 0) -> list[Item]:
    items = []
    for number, count in enumerate(counts):
        for place in range(count):
            patient = f"{(number * 7 + place) % patients:03}_" if patients else ""
            file = f"class{number}/{patient}{number}-{place:03}.png"
            items.append(Item(file, f"class{number}", file))
    return sorted(items, key=lambda item: item.file)


def sides(keys: list[object], parts: tuple[str, ...]) -> dict[object, set[str]]:
    found: dict[object, set[str]] = defaultdict(set)
    for key, part in zip(keys, parts, strict=True):
        found[key].add(part)
    return found


@given(COUNTS, SHARES, SEEDS)
@settings(max_examples=150)
def test_every_class_has_its_share_within_one_image(
    counts: list[int], shares: tuple[float, float, float], seed: int
) -> None:
    items = items_of(counts)
    parts = split(items, Options(seed=seed, shares=shares)).parts
    found = Counter(zip((item.label for item in items), parts, strict=True))
    rest = shares[1] / (shares[0] + shares[1])
    for number, count in enumerate(counts):
        label = f"class{number}"
        test = found[label, "test"]
        assert abs(test - shares[2] * count) <= 1
        assert abs(found[label, "validation"] - rest * (count - test)) <= 1
        assert found[label, "train"] >= 1
        assert sum(found[label, part] for part in PARTS) == count
        assert test >= 1 or shares[2] == 0


@given(COUNTS, SEEDS)
@settings(max_examples=50)
def test_the_parts_as_a_whole_have_their_share_too(counts: list[int], seed: int) -> None:
    counts = [count + 10 for count in counts]
    parts = Counter(split(items_of(counts), Options(seed=seed)).parts)
    assert abs(parts["test"] - 0.15 * sum(counts)) <= 1
    assert abs(parts["validation"] - 0.15 * (sum(counts) - parts["test"])) <= 1


@given(COUNTS, st.integers(1, 30), SEEDS, SHARES)
@settings(max_examples=150)
def test_no_group_stands_on_two_sides(
    counts: list[int], patients: int, seed: int, shares: tuple[float, float, float]
) -> None:
    items = items_of(counts, patients)
    options = Options(seed=seed, group_by=r"^(\d+)_", shares=shares)
    parts = split(items, options).parts
    keys: list[object] = [item.file.split("/")[1][:3] for item in items]
    assert all(len(found) == 1 for found in sides(keys, parts).values())


@given(COUNTS, SEEDS, st.data())
@settings(max_examples=100)
def test_no_copy_and_no_group_stands_on_two_sides(
    counts: list[int], seed: int, data: st.DataObject
) -> None:
    items = items_of(counts, patients=12)
    drawn = st.lists(st.integers(0, 25), min_size=len(items), max_size=len(items))
    digests = [(number, 0) for number in data.draw(drawn)]
    parts = split(items, Options(seed=seed, group_by=r"^(\d+)_"), digests).parts
    patients: list[object] = [item.file.split("/")[1][:3] for item in items]
    for keys in (patients, list(digests)):
        assert all(len(found) == 1 for found in sides(keys, parts).values())


@given(COUNTS, SEEDS, st.integers(2, 5))
@settings(max_examples=60)
def test_folds_test_every_image_once(counts: list[int], seed: int, folds: int) -> None:
    assume(sum(counts) >= folds)
    items = items_of(counts)
    tested = Counter()
    for fold in range(1, folds + 1):
        parts = split(items, Options(seed=seed, folds=folds, fold=fold)).parts
        rows = [row for row, part in enumerate(parts) if part == "test"]
        tested.update(rows)
        found = Counter(items[row].label for row in rows)
        for number, count in enumerate(counts):
            assert abs(found[f"class{number}"] - count / folds) < 1
    assert tested == Counter(range(len(items)))


@given(COUNTS, SEEDS, st.integers(2, 5))
@settings(max_examples=60)
def test_folds_keep_groups_whole_and_test_every_image_once(
    counts: list[int], seed: int, folds: int
) -> None:
    items = items_of(counts, patients=30)
    patients: list[object] = [item.file.split("/")[1][:3] for item in items]
    assume(len(set(patients)) >= folds)
    tested = Counter()
    for fold in range(1, folds + 1):
        options = Options(seed=seed, folds=folds, fold=fold, group_by=r"^(\d+)_")
        parts = split(items, options).parts
        assert all(len(found) == 1 for found in sides(patients, parts).values())
        tested.update(row for row, part in enumerate(parts) if part == "test")
    assert tested == Counter(range(len(items)))


@given(
    st.lists(st.lists(st.integers(1, 4), min_size=12, max_size=40), min_size=2, max_size=4), SEEDS
)
@settings(max_examples=80)
def test_classes_keep_their_shares_where_groups_are_small(
    sizes: list[list[int]], seed: int
) -> None:
    """Patients of up to four images each, beside as many of one image."""
    items = []
    for number, of_class in enumerate(sizes):
        for patient, size in enumerate([*of_class, *[1] * len(of_class)]):
            files = [f"c{number}/{number}x{patient:03}_{n}.png" for n in range(size)]
            items += [Item(file, f"c{number}", file) for file in files]
    parts = split(sorted(items), Options(seed=seed, group_by=r"^(\w+)_")).parts
    found = Counter(zip((item.label for item in sorted(items)), parts, strict=True))
    for label, count in Counter(item.label for item in items).items():
        assert abs(found[label, "test"] - 0.15 * count) <= 1
        assert abs(found[label, "validation"] - 0.15 * (count - found[label, "test"])) <= 1


@given(COUNTS, SEEDS)
@settings(max_examples=30)
def test_the_same_seed_gives_the_same_split_and_another_another(
    counts: list[int], seed: int
) -> None:
    items = items_of([count + 20 for count in counts])
    first = split(items, Options(seed=seed)).parts
    assert split(items, Options(seed=seed)).parts == first
    assert split(items, Options(seed=seed + 1)).parts != first


def test_a_patient_with_ten_images_stays_whole() -> None:
    items = [Item(f"a/001_{n}.png", "a", "") for n in range(10)]
    items += [Item(f"a/{n:03}_0.png", "a", "") for n in range(2, 40)]
    items += [Item(f"b/{n:03}_0.png", "b", "") for n in range(100, 148)]
    for seed in range(10):
        parts = split(items, Options(seed=seed, group_by=r"^(\d+)_")).parts
        assert len(set(parts[:10])) == 1
        assert abs(parts.count("test") - 0.15 * len(items)) <= 2


def test_a_part_that_groups_leave_empty_is_said() -> None:
    items = items_of([20, 20])
    found = split(items, Options(group_by="png"))
    assert set(found.parts) == {"train"}
    assert "no image is left to test on" in found.faults[0]
    assert "no image is left to validate with" in found.faults[1]
    assert not split(items, Options(shares=(1.0, 0.0, 0.0))).faults


def test_copies_on_two_sides_of_a_split_that_is_taken_over_are_said(tmp_path: Path) -> None:
    items = items_of([4, 4])
    rows = [f"{item.file};{PARTS[n % 3]}" for n, item in enumerate(items)]
    (tmp_path / "split.csv").write_text("\n".join(["file;split", *rows]))
    digests = [(n // 2, 0) for n in range(8)]
    assert "8 images are copies" in split(items, Options(source=tmp_path), digests).faults[0]


def test_a_class_of_two_images_trains_on_one_and_tests_on_one() -> None:
    items = items_of([2, 40])
    found = split(items, Options())
    assert sorted(found.parts[:2]) == ["test", "train"]
    assert "class class0 has two images: one to train, one to test" in found.notes


def test_a_class_of_one_image_is_an_error() -> None:
    items = [*items_of([5, 5]), Item("rare/1.png", "rare", "")]
    with pytest.raises(DataError, match="class rare has one image"):
        split(items, Options())


@pytest.mark.parametrize(
    ("files", "pattern"),
    [
        ([f"n/{n // 3:08}_{n % 3:03}.png" for n in range(60)], r"^(\d+)[_-]"),
        ([f"n/patient{n // 4}/{n % 4}.png" for n in range(60)], r"^[^/]+/([^/]+)/"),
        ([f"n/P{n // 3:03}-{n % 3}.png" for n in range(60)], r"^([A-Za-z]*\d+)[_-]"),
        ([f"n/{n:04}.png" for n in range(60)], None),
        ([f"n/img_{n:04}.png" for n in range(60)], None),
        ([f"cat/cat.{n}.jpg" for n in range(60)], None),
        ([f"n/2024_{n:04}.png" for n in range(60)], None),
    ],
)
def test_names_that_look_like_groups(files: list[str], pattern: str | None) -> None:
    assert suggest([Item(file, file.split("/")[0], "") for file in files]) == pattern


FIRST_NUMBER = r"^(\D*\d+)[ _.()#-].*\."


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("Patient {who:02} - bild #{n}.png", FIRST_NUMBER),
        ("sub-{who:02}_ses-0{n}_run-2.png", FIRST_NUMBER),
        ("{who:02}.{n}.png", FIRST_NUMBER),
        ("patient{who:02}_{n}", r"^([A-Za-z]*\d+)[_-]"),
        ("mouse{who}_slice00{n}.tif", r"^([A-Za-z]*\d+)[_-]"),
        ("trial7_plant{who}_{n}.jpg", r"^(\D*\d+\D+\d+)[ _.()#-].*\."),
        ("mouse {who} (2024-05-0{n} 12.30.00).jpg", FIRST_NUMBER),
        ("{who}_idx5_x{n}01_y2001_class0.png", r"^(\d+)[_-]"),
    ],
)
def test_names_of_patients_of_four_images(name: str, pattern: str) -> None:
    items = [
        Item(f"{label}/{name.format(who=who, n=n)}", label, "")
        for who in range(20)
        for n in range(1, 5)
        for label in "ab"[who % 2]
    ]
    assert suggest(items) == pattern
    assert split(items).suggested == pattern
    made = split(items, Options(group_by=pattern))
    assert made.grouping is not None
    assert made.grouping.count == 20
    assert made.grouping.divided(made.parts) == 0


# How programs and cameras number pictures; {n} counts, {t} is the time it was taken.
NUMBERINGS = (
    *("{n}", "{n:04}", "img_{n:04}", "cat.{n}", "image ({n})", "DSC{n:05}", "frame-{n:06}"),
    *(
        "{label}_{n:03}",
        "{label}{n}",
        "3_{n:05}",
        "photo {n} copy",
        "2024_{n:04}",
        "scan_64x64_{n}",
    ),
    *("{n:04}_{label}", "page-{n}-of-900", "{n:08}_downsampled", "1.0.{n}", "scan_64x64_{n}"),
    *("IMG_{t:%Y%m%d_%H%M%S}", "{t:%Y-%m-%d %H.%M.%S}", "PXL_{t:%Y%m%d_%H%M%S}123"),
    *("Screenshot {t:%Y-%m-%d} at {t:%H.%M.%S}", "photo_{t:%Y-%m-%d_%H-%M-%S}", "{t:%Y-%m-%d}"),
    *(
        "IMG-{t:%Y%m%d}-WA{n:04}",
        "{t:%Y%m%d%H%M%S}",
        "{t:%Y%m%dT%H%M%S}",
        "VID_{t:%Y%m%d_%H%M%S}_1",
    ),
)


@given(
    st.sampled_from(NUMBERINGS),
    st.lists(st.integers(2, 60), min_size=1, max_size=12),
    st.sampled_from([".png", ".jpg", ".jp2", ".JPEG", ""]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 990),
    st.integers(1, 400_000),
)
@settings(max_examples=400)
def test_plain_numbering_is_no_group(
    name: str, counts: list[int], ending: str, anew: bool, parts: bool, first: int, seconds: int
) -> None:
    items, number = [], first
    for label, count in enumerate(counts):
        for _ in range(count):
            moment = datetime(2024, 1, 1, 9, 30) + timedelta(seconds=number * seconds)
            file = f"{label}/{name.format(n=number, t=moment, label=label)}{ending}"
            part = ("train", "test")[number % 2] if parts else None
            items.append(Item(f"{part}/{file}" if part else file, str(label), "", part=part))
            number += 1
        number = first if anew else number
    assert suggest(items) is None


@given(st.lists(st.uuids(), min_size=10, max_size=200, unique=True))
def test_random_names_are_no_groups(names: list[UUID]) -> None:
    assert suggest([Item(f"a/{name}.png", "a", "") for name in names]) is None
    assert suggest([Item(f"a/{name.hex}.png", "a", "") for name in names]) is None


def test_groups_without_images_to_test_on_are_refused() -> None:
    items = items_of([20, 20])
    options = Options(group_by="png")
    with pytest.raises(DataError, match="makes 1 group of 40 images: none is left to test on"):
        require_parts(split(items, options))
    without = Options(group_by="png", shares=(1.0, 0.0, 0.0))
    require_parts(split(items, without))


def test_names_that_look_like_groups_are_said_unless_a_group_was_given() -> None:
    items = [Item(f"{'ab'[n % 2]}/{n // 3:08}_{n % 3:03}.png", "ab"[n % 2], "") for n in range(60)]
    assert "20 groups" in split(items).faults[0]
    assert "--group-by '^(\\d+)[_-]'" in split(items).faults[0]
    grouped = split(items, Options(group_by=r"^(\d+)_"))
    assert not grouped.warnings
    assert not grouped.faults
    assert not split(items, Options(group_by=".+")).faults


def test_folders_of_parts_are_taken_as_they_are() -> None:
    items = []
    for part, count in (("train", 20), ("test", 7)):
        for label in "ab":
            items += [Item(f"{part}/{label}/{n}.png", label, "", part=part) for n in range(count)]
    found = split(items, Options(seed=3))
    counts = Counter(zip((item.part for item in items), found.parts, strict=True))
    assert counts == {("train", "train"): 34, ("train", "validation"): 6, ("test", "test"): 14}
    assert "there is no validation folder" in found.notes[0]
    with pytest.raises(UsageError, match="folders of DATA"):
        split(items, Options(shares=(0.7, 0.15, 0.15)))


def test_groups_that_stand_in_two_folders_of_parts_are_said() -> None:
    def items(apart: int) -> list[Item]:
        return [
            Item(f"{part}/{label}/{number + shift:05}_{n}.png", label, "", part=part)
            for shift, part in ((0, "train"), (apart, "test"))
            for number in range(20)
            for label in "ab"
            for n in range(2)
        ]

    (said,) = split(items(15), Options()).faults
    assert "look like 35 groups" in said
    assert "14 of them stand in more than one part" in said  # 9 of them in train and validation
    assert "tells how many images" in said
    (said,) = split(items(20), Options()).faults
    assert "keeps each in one part" in said
    assert not split(items(20), Options(group_by=r"^(\d+)_")).faults
    assert (
        "40 images are copies (or of one group)"
        in split(items(15), Options(group_by=r"^(\d+)_")).faults[0]
    )


def test_copies_in_two_folders_of_parts_are_said() -> None:
    items = [
        Item(f"{part}/{label}/{n}.png", label, "", part=part)
        for part in ("train", "validation", "test")
        for label in "ab"
        for n in range(5)
    ]
    digests = [(row, 0) for row in range(len(items))]
    digests[-1] = digests[0]
    assert "2 images are copies" in split(items, Options(), digests).faults[0]


def test_a_split_is_taken_over(tmp_path: Path) -> None:
    items = items_of([4, 4])
    table = tmp_path / "split.csv"
    rows = [f"{item.file},{item.label},{PARTS[n % 3]}" for n, item in enumerate(items[:-1])]
    table.write_text("\n".join(["file,label,split", *rows, "gone.png,class0,train"]))
    theirs = tmp_path / "theirs.csv"
    theirs.write_text(table.read_text().replace("validation", "val").replace("train", "Train"))
    for source in (table, tmp_path, theirs):
        found = split(items, Options(source=source))
        assert found.parts == (*(PARTS[n % 3] for n in range(7)), "")
        assert "not here: 1 file of" in found.warnings[0]
        assert "left out: 1 image that" in found.warnings[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        ("file,label\na,b\n", "wants the columns"),
        ("file,label,split\na,b,holdout\n", "split.csv:2: split is 'holdout'"),
        ("file,label,split\nelsewhere.png,a,train\n", "none of its training images"),
        ("file,split\nx,train\nx,test\n", "split.csv:3: x is in train already"),
    ],
)
def test_a_split_that_cannot_be_taken_over(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "split.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(DataError, match=message):
        split(items_of([4, 4]), Options(source=path))


@pytest.mark.parametrize("text", ["70/15", "70/15/10", "a/b/c", "0/50/50", "-10/60/50", ""])
def test_shares_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(UsageError, match="--split"):
        parse_shares(text)


def test_shares() -> None:
    assert parse_shares("70/15/15") == (0.7, 0.15, 0.15)
    assert parse_shares("62.5/12.5/25") == (0.625, 0.125, 0.25)


@pytest.mark.parametrize(
    "options",
    [
        Options(folds=3),
        Options(fold=1),
        Options(folds=3, fold=4),
        Options(folds=3, fold=1, shares=(0.7, 0.2, 0.1)),
        Options(group_by="("),
        Options(group_by="nowhere"),
        Options(source=Path("x.csv"), folds=3, fold=1),
    ],
)
def test_options_that_cannot_be_meant(options: Options) -> None:
    with pytest.raises(UsageError, match="--"):
        split(items_of([4, 4]), options)


@given(SEEDS, st.integers(0, 10**6), st.integers(0, 200))
@settings(max_examples=50)
def test_the_order_is_a_function_of_seed_and_epoch(seed: int, epoch: int, count: int) -> None:
    first = order(seed, epoch, count).tolist()
    assert sorted(first) == list(range(count))
    assert order(seed, epoch, count).tolist() == first
    if count > 20:
        assert order(seed, epoch + 1, count).tolist() != first
        assert order(seed + 1, epoch, count).tolist() != first


def _patients(patients: int = 24) -> list[Item]:
    return [
        Item(f"{label}/{patient:03}_{number}.png", label, "")
        for label in ("ill", "well")
        for patient in range(patients)
        for number in range(2)
    ]


def _table(path: Path, items: list[Item], group: bool) -> Path:
    """Write a split that puts the first image of each patient elsewhere than the second."""
    lines = ["file,label,split" + ",group" * group]
    for item in items:
        part = "train" if item.file.endswith("_0.png") else "test"
        patient = item.file.split("/")[1][:3]
        lines.append(f"{item.file},{item.label},{part}" + f",{patient}" * group)
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("group", [False, True])
def test_patients_on_two_sides_of_a_split_that_is_taken_over_are_said(
    tmp_path: Path, group: bool
) -> None:
    items = _patients()
    made = split(items, Options(source=_table(tmp_path / "split.csv", items, group)))
    (fault,) = made.faults
    assert ("96 images are copies (or of one group)" if group else "24 of them stand in") in fault
    assert made.grouping is not None and made.grouping.count == 24
    assert made.grouping.suggested != group


def test_a_pattern_beats_the_groups_of_a_table(tmp_path: Path) -> None:
    items = _patients()
    table = _table(tmp_path / "split.csv", items, True)
    made = split(items, Options(source=table, group_by=r"^(\d\d)"))
    assert made.grouping is not None and made.grouping.count == 3


def test_groups_of_a_table_of_labels_stay_together() -> None:
    items = [item._replace(group=f"day {number % 9}") for number, item in enumerate(_patients())]
    made = split(items)
    assert made.grouping is not None and not made.grouping.suggested
    assert (made.grouping.count, made.grouping.divided(made.parts)) == (9, 0)


def test_names_of_figures_are_no_patients() -> None:
    """What a publisher puts in front of them is the same for all: 1-s2.0-..."""
    items = [Item(f"ill/{patient}-{n}.png", "ill", "") for patient in range(300) for n in range(2)]
    papers = [Item(f"ill/1-s2.0-S{number:010}-gr1.png", "ill", "") for number in range(11)]
    pattern = suggest([*items, *papers])
    assert pattern is not None
    found = grouping([*items, *papers], pattern)
    assert found is not None
    assert found.count == 300 and found.groups[-11:] == (None,) * 11


def test_a_habit_must_fit_nearly_all_names() -> None:
    items = [Item(f"a/{patient}_{n}.png", "a", "") for patient in range(100) for n in range(2)]
    others = [Item(f"a/{name}.png", "a", "") for name in ("ab", "cd", "ef", "gh", "ij", "kl")]
    assert suggest([*items, *others[:4]]) is not None
    assert suggest([*items, *others]) is None
    (fault,) = split([*items, *others[:3]]).faults
    assert "(3 names fit none)" in fault


def test_a_class_that_a_split_taken_over_does_not_know(tmp_path: Path) -> None:
    table = tmp_path / "split.csv"
    table.write_text("file,label,split\na/0.png,a,train\na/1.png,a,test\nb/0.png,b,train\n")
    items = [Item(file, file[0], None) for file in ("a/0.png", "a/1.png", "b/0.png", "c/0.png")]
    made = split(items, Options(source=table))
    assert "class c has no image in any part: it is left out" in made.faults
