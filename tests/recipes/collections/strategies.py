"""Collections of any kind that makes sense, for Hypothesis."""

from typing import Any

from hypothesis import strategies as st

from stationthis_sdk.recipes.collections.collection import Collection, Metadata, Part
from stationthis_sdk.recipes.collections.traits import Category, Range, Trait

words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8)
names = words.map(lambda text: "".join(one for one in text if one not in "[]=").strip()).filter(bool)
values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
weights = st.floats(0.01, 5)


@st.composite
def _manual(draw: Any, name: str) -> Category:
    called = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    return Category(name, [Trait(one, draw(values), draw(weights)) for one in called])


@st.composite
def collections(draw: Any) -> Collection:
    """One that has no faults in itself, but perhaps too large a supply."""
    called = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    cut = draw(st.integers(1, len(called)))
    categories = [draw(_manual(name)) for name in called[:cut]]
    parts = []
    for name in called[cut:]:
        if draw(st.booleans()):
            start = draw(st.integers(-5, 5))
            kept = {"zero_pad": draw(st.integers(0, 3)), "unique": draw(st.booleans())}
            shuffle = draw(st.none() | st.integers(0, 99))
            many = draw(st.integers(1, 7))
            categories.append(
                Category(name, range=Range(start, start + many - 1, shuffle_seed=shuffle, **kept))
            )
        else:
            parts.append(Part(name, draw(words), draw(st.floats(0, 1))))
    manual = categories[:cut]
    exclusions = []
    if len(manual) > 1:
        for _ in range(draw(st.integers(0, 4))):
            some = draw(
                st.lists(st.sampled_from(manual), min_size=2, max_size=3, unique_by=lambda one: one.name)
            )
            exclusions.append([f"{one.name}={draw(st.sampled_from(one.traits)).name}" for one in some])
    text = " ".join(f"[[{name}]]" for name in called)
    return Collection(
        draw(names),
        draw(names),
        {"prompt": text, "more": draw(values)},
        categories,
        draw(st.integers(1, 12)),
        exclusions=exclusions,
        parts=parts,
        description=draw(words),
        unique=draw(st.booleans()),
        metadata=Metadata(name=draw(st.none() | words), royalty=draw(st.none() | st.floats(0, 100))),
    )
