"""What is published is attacked by brute force: every table that fits it is tried."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.opendata.cells import ALL, Key, Release, TableError, publishable
from tests.server.opendata.attacker import changes_told, learn, told

K = 3
SHAPES = ((3,), (5,), (2, 2), (2, 3), (3, 2))


def names(shape: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"d{place}" for place in range(len(shape)))


def cells_of(shape: tuple[int, ...]) -> list[Key]:
    return list(itertools.product(*[[f"{place}{n}" for n in range(size)] for place, size in enumerate(shape)]))


def table(shape: tuple[int, ...], numbers: list[int]) -> dict[Key, int]:
    return dict(zip(cells_of(shape), numbers, strict=True))


def naive(counts: dict[Key, int], shape: tuple[int, ...]) -> Release:
    """Hide only what is small by itself: what the suite's attacker must see through."""
    whole = publishable({key: 10 * value for key, value in counts.items()}, dimensions=names(shape), k=K)
    cells = {}
    for key in whole.cells:
        value = sum(n for atom, n in counts.items() if all(p in (ALL, a) for p, a in zip(key, atom, strict=True)))
        cells[key] = value if value == 0 or value >= K else None
    return Release(names(shape), K, cells, counts)


def faults(release: Release, shape: tuple[int, ...]) -> list[str]:
    """Return what an attacker learns that the promises forbid."""
    top = sum(release.counts.values()) + K
    learnt = learn(release.cells, cells_of(shape), top=min(top, K + 1))
    found = [f"{count} people are told" for count in told(learnt, K)]
    for key in release.hidden:
        true = sum(n for a, n in release.counts.items() if all(p in (ALL, o) for p, o in zip(key, a, strict=True)))
        if 0 < true < K and learnt.highest[key] - learnt.lowest[key] < K:
            found.append(f"{key} is {learnt.lowest[key]} to {learnt.highest[key]}")
    return found


@st.composite
def small_tables(draw: st.DrawFn) -> tuple[tuple[int, ...], list[int]]:
    shape = draw(st.sampled_from(SHAPES))
    return shape, draw(st.lists(st.integers(0, 6), min_size=len(cells_of(shape)), max_size=len(cells_of(shape))))


SLICE = settings(max_examples=40, deadline=None, derandomize=True)
WHOLE = settings(max_examples=1500, deadline=None, derandomize=True)


def check_one(drawn: tuple[tuple[int, ...], list[int]]) -> None:
    shape, numbers = drawn
    release = publishable(table(shape, numbers), dimensions=names(shape), k=K)
    assert all(value is None or value == 0 or value >= K for value in release.cells.values())
    assert faults(release, shape) == []


@st.composite
def growing_tables(draw: st.DrawFn) -> tuple[tuple[int, ...], list[list[int]]]:
    shape = draw(st.sampled_from(SHAPES))
    size = len(cells_of(shape))
    first = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    steps = draw(
        st.lists(
            st.lists(st.sampled_from((0, 0, 0, 1, 2, 3, 4, -1)), min_size=size, max_size=size), min_size=1, max_size=2
        )
    )
    tables = [first]
    for step in steps:
        tables.append([max(a + b, 0) for a, b in zip(tables[-1], step, strict=True)])
    return shape, tables


def check_over_time(drawn: tuple[tuple[int, ...], list[list[int]]]) -> None:
    shape, tables = drawn
    releases: list[Release] = []
    for numbers in tables:
        releases.append(publishable(table(shape, numbers), dimensions=names(shape), k=K, published=releases))
    learnt = [learn(release.cells, cells_of(shape), top=K + 1) for release in releases]
    for before, after in itertools.combinations(range(len(releases)), 2):
        assert changes_told(learnt[after], learnt[before], K) == []
    for release in releases:
        assert faults(release, shape) == []


def check_views(drawn: tuple[tuple[int, ...], list[int]], chance: random.Random) -> None:
    shape, numbers = drawn
    every = [view for size in range(len(shape) + 1) for view in itertools.combinations(names(shape), size)]
    views = chance.sample(every, chance.randint(1, len(every)))
    release = publishable(table(shape, numbers), dimensions=names(shape), views=views, k=K)
    assert faults(release, shape) == []


@SLICE
@given(small_tables())
def test_an_attacker_learns_no_small_number(drawn: tuple[tuple[int, ...], list[int]]) -> None:
    check_one(drawn)


@SLICE
@given(growing_tables())
def test_no_two_releases_differ_by_a_few_people(drawn: tuple[tuple[int, ...], list[list[int]]]) -> None:
    check_over_time(drawn)


@SLICE
@given(small_tables(), st.randoms(use_true_random=False))
def test_no_two_views_differ_by_a_few_people(drawn: tuple[tuple[int, ...], list[int]], chance: random.Random) -> None:
    check_views(drawn, chance)


@pytest.mark.long
@WHOLE
@given(small_tables(), st.randoms(use_true_random=False))
def test_many_tables_and_views(drawn: tuple[tuple[int, ...], list[int]], chance: random.Random) -> None:
    check_one(drawn)
    check_views(drawn, chance)


@pytest.mark.parametrize("seed", range(12))
def test_three_dimensions(seed: int) -> None:
    """Where counts are not told apart by rows and columns alone."""
    chance = random.Random(seed)
    check_one(((2, 2, 2), [chance.choice((0, 1, 2, 3, 4, 5, 6)) for _ in range(8)]))


@pytest.mark.long
@WHOLE
@given(growing_tables())
def test_many_releases(drawn: tuple[tuple[int, ...], list[list[int]]]) -> None:
    check_over_time(drawn)


def test_hiding_the_small_ones_alone_is_seen_through() -> None:
    """The control: the attacker breaks what a clerk might do by hand, in most tables."""
    chance = random.Random(8)
    broken = 0
    for _ in range(40):
        counts = table((2, 3), [chance.choice((0, 1, 2, 4, 5, 6)) for _ in range(6)])
        broken += bool(faults(naive(counts, (2, 3)), (2, 3)))
    assert broken > 20


def test_a_release_that_forgets_the_earlier_one_is_seen_through() -> None:
    """The control over time: two people joined, and the totals tell."""
    counts = {("0-6", "A"): 12, ("0-6", "B"): 20, ("7-12", "A"): 15, ("7-12", "B"): 30}
    later = counts | {("0-6", "A"): 14}
    first = publishable(counts, dimensions=("age", "ward"))
    assert first.hidden == []
    forgetful = publishable(later, dimensions=("age", "ward"))
    atoms = list(counts)
    assert 2 in changes_told(learn(forgetful.cells, atoms, top=11), learn(first.cells, atoms, top=11), 10)
    mindful = publishable(later, dimensions=("age", "ward"), published=[first])
    assert mindful.hidden
    assert changes_told(learn(mindful.cells, atoms, top=11), learn(first.cells, atoms, top=11), 10) == []


def test_a_large_table_keeps_most_of_what_it_has() -> None:
    chance = random.Random(1)
    keys = [(f"地区{n}", band) for n in range(12) for band in ("0-6", "7-12", "13-15", "16-64", "65-74", "75-")]
    counts = {key: chance.choice((0, 4, 14, 25, 40, 80)) for key in keys}
    release = publishable(counts, dimensions=("ward", "age"))
    assert release.cells[ALL, ALL] == sum(counts.values())
    assert all(value is None or value == 0 or value >= 10 for value in release.cells.values())
    small = sum(0 < count < 10 for count in counts.values())
    assert small < len(release.hidden) < 3 * small


def test_nothing_is_told_of_a_few() -> None:
    release = publishable({("A",): 4, ("B",): 3}, dimensions=("ward",))
    assert set(release.cells.values()) == {None}


def test_a_release_survives_being_written_down() -> None:
    release = publishable({("髙﨑", "𠮷"): 12, ("髙﨑", "山"): 3, ("川", "𠮷"): 40}, dimensions=("ward", "school"))
    assert Release.from_dict(release.as_dict()) == release


@pytest.mark.parametrize(
    ("counts", "change"),
    [
        ({("A",): -1}, {}),
        ({("A", "B"): 1}, {}),
        ({(ALL,): 1}, {}),
        ({}, {}),
        ({("A",): 1}, {"k": 1}),
        ({("A",): 1}, {"views": [("ward", "age")]}),
        ({("A",): 1}, {"views": []}),
        ({("A",): 1}, {"published": [Release(("age",), 10, {}, {})]}),
    ],
)
def test_tables_that_do_not_fit(counts: dict[Key, int], change: dict[str, object]) -> None:
    with pytest.raises(TableError):
        publishable(counts, **({"dimensions": ("ward",)} | change))  # type: ignore[arg-type]  # faults on purpose
