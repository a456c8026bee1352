"""LoRAs in prompts: tags read, files found, trigger words, weights, base models; no request is made here."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from stationthis_sdk import InputField
from stationthis_sdk.recipes.images.lora_places import LoraPlaces, PutLoras, lora_places, put_loras
from stationthis_sdk.recipes.images.loras import KnownLora, LoraTag, choose_loras, fits, read_tags
from stationthis_sdk.recipes.images.words import Words

INK = KnownLora("loras/inkwash.safetensors")
FLUX_INK = KnownLora("loras/flux/inkwash.safetensors")
CAT = KnownLora("loras/my-cat.safetensors", trigger="mycat", base="SDXL", called="the cat")
KNOWN = [INK, FLUX_INK, CAT]


@pytest.mark.parametrize(
    ("prompt", "rest", "tags"),
    [
        ("a fox", "a fox", []),
        ("a fox <lora:inkwash:0.8>", "a fox", [LoraTag("inkwash", 0.8)]),
        ("<lora:inkwash> a fox", "a fox", [LoraTag("inkwash")]),
        ("a fox, <lora:a:0.5>, <lora:b:-1>, snow", "a fox, snow", [LoraTag("a", 0.5), LoraTag("b", -1.0)]),
        ("a <LoRA: ink wash : .5 > fox", "a fox", [LoraTag("ink wash", 0.5)]),
        ("a fox,  two  spaces", "a fox,  two  spaces", []),
        ("<lora:x>", "", [LoraTag("x")]),
        ("a (fox:1.2) [hare]", "a (fox:1.2) [hare]", []),
    ],
)
def test_tags_are_read(prompt: str, rest: str, tags: list[LoraTag]) -> None:
    """Names and weights, and the prompt without them; a prompt without tags stays as it is, to the letter."""
    assert read_tags(prompt) == (rest, tags, [])


@pytest.mark.parametrize(
    ("prompt", "problem"),
    [
        ("<lora:>", "names no LoRA"),
        ("<lora:a:strong>", "no weight that is a number"),
        ("<lora:a:nan>", "no weight that is a number"),
        ("<lora:a:1:2>", "no weight that is a number"),
        ("<lora:a:2.1>", "a weight is within -2–2"),
        ("<lora:a:inf>", "a weight is within -2–2"),
        ("a fox <lora:ink", "is no whole tag"),
    ],
)
def test_broken_tags_are_told(prompt: str, problem: str) -> None:
    """Each with how it is written."""
    (told,) = read_tags(prompt)[2]
    assert problem in told


names = some.text(
    some.characters(blacklist_characters="<>:\0", blacklist_categories=["Cs"]), min_size=1, max_size=12
)


@given(
    some.lists(some.tuples(names.filter(str.strip), some.floats(-2, 2)), max_size=4),
    some.text("ab, ", max_size=10),
)
@example([("x", 1.0)], ",,")
def test_what_is_written_is_read(tags: list[tuple[str, float]], words: str) -> None:
    """Tags come back in their order, wherever they stand; nothing of them stays."""
    prompt = words.join(["", *(f"<lora:{name}:{weight!r}>" for name, weight in tags), ""])
    rest, found, problems = read_tags(prompt)
    assert not problems
    assert [(tag.name, tag.weight) for tag in found] == [(name.strip(), weight) for name, weight in tags]
    assert "lora" not in rest


@given(some.text(max_size=60))
@example("<lora:")
@example("<lora:a:b:c><lora>")
def test_reading_never_fails(prompt: str) -> None:
    """Any text is read or complained of."""
    rest, tags, problems = read_tags(prompt)
    if not tags and not problems:
        assert rest == prompt


@pytest.mark.parametrize(
    "name", ["inkwash", "Inkwash", "inkwash.safetensors", "loras/inkwash.safetensors", "inkwash.SAFETENSORS"]
)
def test_a_file_is_found_by_any_of_its_names(name: str) -> None:
    """Path, file, name without ending, whatever the case."""
    assert choose_loras(f"<lora:{name}>", [INK]).loras[0].lora == INK
    assert choose_loras("<lora:flux/inkwash>", KNOWN).loras[0].lora == FLUX_INK
    assert choose_loras("<lora:the cat>", KNOWN).loras[0].lora == CAT


def test_two_loras_of_one_name_are_told() -> None:
    """T18: of two files of one name always the same one is taken, and the other is named."""
    for known in (KNOWN, KNOWN[::-1]):
        reading = choose_loras("a fox <lora:inkwash:0.8>", known)
        assert [str(one) for one in reading.loras] == ["loras/inkwash.safetensors × 0.8"]
        assert reading.warnings == [
            (
                "2 LoRAs are called 'inkwash': 'loras/inkwash.safetensors' is used, not 'loras/flux/inkwash.safetensors'; name "
                "one by its path"
            )
        ]
    # The one whose folder says that it fits comes first.
    assert (
        choose_loras("<lora:inkwash>", [KnownLora("loras/sdxl/inkwash.pt"), FLUX_INK], "FLUX").loras[0].lora
        == FLUX_INK
    )
    trained = [KnownLora(f"loras/{name}.safetensors", trigger="mycat") for name in "ba"]
    (warning,) = choose_loras("a mycat", trained).warnings
    assert "2 LoRAs answer to the word 'mycat': 'loras/a.safetensors' is used" in warning


def test_an_unknown_lora_is_refused_with_near_names() -> None:
    """Nothing is sent for a name nobody knows."""
    (problem,) = choose_loras("<lora:inkwsh>", KNOWN).problems
    assert problem == "prompt: there is no LoRA 'inkwsh'; did you mean 'inkwash'?"
    (problem,) = choose_loras("<lora:zzz>", []).problems
    assert "st.models.list('loras')" in problem


def test_trigger_words_name_loras_and_loras_bring_their_words() -> None:
    """A word as a whole, in any case; a named LoRA adds the word it needs, once."""
    assert [str(one) for one in choose_loras("a MyCat asleep", KNOWN).loras] == [
        "loras/my-cat.safetensors (for its word 'mycat')"
    ]
    assert choose_loras("mycats asleep", KNOWN).loras == []
    assert choose_loras("asleep <lora:my-cat:0.7>", KNOWN).prompt == "asleep, mycat"
    assert choose_loras("mycat asleep <lora:my-cat:0.7>", KNOWN).prompt == "mycat asleep"
    assert choose_loras("a mycat", KNOWN, "FLUX").loras == []  # another family: the word is just a word


def test_another_base_model_is_warned_of() -> None:
    """A named LoRA is used all the same."""
    reading = choose_loras("<lora:my-cat>", KNOWN, "FLUX")
    assert [one.lora for one in reading.loras] == [CAT]
    assert reading.warnings == [
        "the LoRA 'loras/my-cat.safetensors' is for SDXL, and this workflow draws with FLUX: it may do nothing, or harm"
    ]


@pytest.mark.parametrize(
    ("lora", "base", "goes"),
    [("SDXL", "SDXL", True), ("SDXL", "FLUX", False), ("FLUX", "KONTEXT", True), ("KONTEXT", "FLUX", True),
     (None, "FLUX", True), ("FLUX", None, True), ("SD1.5", "SD1.5-XL", True), ("SDXL", "SD1.5", False)],
)  # fmt: skip
def test_families(lora: str | None, base: str | None, goes: bool) -> None:
    """Which LoRAs go with which base models; of an unknown one nothing is said."""
    assert fits(lora, base) is goes


TAG_READER = {"1": {"class_type": "MultiLoraLoader-70bf3d77", "inputs": {}}}


def test_where_a_lora_goes() -> None:
    """Into an input of its kind, with its weight; into a list's option; else the tag stays for nodes that read it."""
    reading = choose_loras("a fox <lora:inkwash:0.8>", [INK])
    fields = {"style": InputField("style", "lora"), "lora_weight": InputField("lora_weight", "number")}
    put = put_loras(reading, lora_places(fields, None, Words()), "x", {})
    assert put == PutLoras({"style": "inkwash.safetensors", "lora_weight": 0.8}, "a fox")
    fields = {"lora_name": InputField("lora_name", "enum", options=("none", "inkwash"))}
    put = put_loras(reading, lora_places(fields, None, Words()), "x", {})
    assert put.inputs == {"lora_name": "inkwash"}
    assert put.left_out == ("the weight 0.8 of 'loras/inkwash.safetensors': 'x' has no input for it",)
    reading = choose_loras("a fox <lora:inkwash:0.8>", [INK])
    put = put_loras(reading, lora_places({}, TAG_READER, Words()), "x", {})
    assert (put.inputs, put.prompt) == ({}, "a fox <lora:inkwash:0.8>")
    assert not reading.problems


def test_a_weight_is_put_only_where_somebody_says_it() -> None:
    """A word counts before a tag, which is told; what nobody says is left to preferences and the workflow."""
    fields = {"style": InputField("style", "lora"), "lora_weight": InputField("lora_weight", "number", 0.5)}
    places = lora_places(fields, None, Words())
    said = choose_loras("a fox <lora:inkwash:0.8>", [INK])
    put = put_loras(said, places, "x", {"lora_weight": 0.3})
    assert put.inputs == {"style": "inkwash.safetensors"}
    assert said.warnings == [
        "the weight 0.8 of 'loras/inkwash.safetensors' is not used: 'lora_weight' says 0.3"
    ]
    assert str(said.loras[0]) == "loras/inkwash.safetensors × 0.3"
    unsaid = choose_loras("a fox <lora:inkwash>", [INK])
    assert put_loras(unsaid, places, "x", {}).inputs == {"style": "inkwash.safetensors"}


def test_a_trigger_word_gives_way_to_what_is_named() -> None:
    """Where an input is taken, the word is just a word, which is told."""
    places = lora_places({"style": InputField("style", "lora")}, None, Words())
    for prompt, told in (("a mycat <lora:inkwash>", {}), ("a mycat", {"style": "https://example.org/x"})):
        reading = choose_loras(prompt, [INK, CAT])
        put = put_loras(reading, places, "x", told)
        assert not reading.problems
        assert "my-cat" in reading.warnings[-1]
        assert "is not used" in reading.warnings[-1]
        assert "my-cat" not in repr((put.inputs, reading.loras))


def test_a_message_full_of_blanks_is_read_at_once() -> None:
    """4,096 of them take no longer than others: the work grows with the length, not with its cube."""
    text = "a" + " " * 4096 + "fox"
    assert read_tags(f"{text} <lora:x>")[0] == text
    assert read_tags("a" + " ," * 2048 + "<lora:x>" * 200)[0] == "a"


def test_a_lora_without_a_place_is_refused() -> None:
    """A picture without what was asked for would cost as much."""
    reading = choose_loras("a fox <lora:inkwash>", [INK])
    put_loras(reading, LoraPlaces(), "fast", {})
    assert reading.problems == [
        "prompt: 'fast' takes no LoRA, and 'loras/inkwash.safetensors' would be left out: name fewer"
    ]
    reading = choose_loras("<lora:inkwash> <lora:my-cat>", [INK, CAT])
    put_loras(reading, LoraPlaces((InputField("style", "lora"),)), "fast", {})
    assert "takes one LoRA" in reading.problems[0]
    other = choose_loras("<lora:inkwash>", [INK])
    put_loras(other, LoraPlaces((InputField("style", "enum", options=("a",)),)), "fast", {})
    assert other.problems == ["style: 'loras/inkwash.safetensors' is none of its options"]
