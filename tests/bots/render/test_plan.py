"""Plans of messages: the platforms' limits hold for whatever a run made, and nothing is lost or sent twice."""

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stationthis_sdk import InvalidInput
from stationthis_sdk.bots.render.buttons import of_result
from stationthis_sdk.bots.render.limits import DISCORD, TELEGRAM, Limits
from stationthis_sdk.bots.render.plan import plan
from stationthis_sdk.bots.render.steps import Button, Made, Step
from stationthis_sdk.bots.render.text import length
from stationthis_sdk.bots.render.too_large import public_link

BOTH = [TELEGRAM, DISCORD]
MIB = 1 << 20
BUTTONS = of_result("k3J9x0aQz7Lm", can_tweak=True)
BOOSTED = attrs.evolve(DISCORD, upload=100 * MIB)

KINDS = some.sampled_from(["image", "animation", "video", "audio", "mesh", "file", "hologram"])
MIMES = some.sampled_from(
    [None, "image/png", "image/gif", "image/webp", "image/tiff", "video/mp4", "video/webm", "audio/mpeg", "audio/flac",
     "model/gltf-binary", "application/octet-stream", "application/zip", "text/plain", "x"],
)  # fmt: skip
SIZES = some.one_of(some.none(), some.integers(0, 120 * MIB))
SIDES = some.one_of(some.none(), some.integers(0, 20_000))
NAMES = some.one_of(
    some.text(max_size=80), some.sampled_from(["a.png", "a.png", "v.mp4", "../x", "b.tar.gz"])
)
TEXTS = some.one_of(some.text(max_size=200), some.text(max_size=30).map(lambda text: text * 300))


@some.composite
def outputs(draw: some.DrawFn) -> list[Made]:
    """What a run may have made, texts told apart by their numbers."""
    made: list[Made] = []
    for place in range(draw(some.integers(0, 26))):
        if draw(some.integers(0, 4)) == 0:
            made.append(Made(place, "text", text=f"<{place}>{draw(TEXTS)}"))
        else:
            told = draw(KINDS), draw(NAMES), draw(MIMES), draw(SIZES), draw(SIDES), draw(SIDES)
            url = f"https://files.example.com/{place}"
            made.append(Made(place, *told, url=url, transparent=draw(some.booleans())))
    return made


def sent(steps: tuple[Step, ...]) -> list[int]:
    return [file.place for step in steps for file in step.files]


def told(steps: tuple[Step, ...]) -> str:
    return "".join(step.text for step in steps)


HINTS = some.fixed_dictionaries(
    {}, optional={"send-as": some.sampled_from(["document", "photo", "?"]), "filename": NAMES}
)


@settings(deadline=None, max_examples=300)
@given(
    made=outputs(),
    limits=some.sampled_from([*BOTH, BOOSTED]),
    hints=HINTS,
    caption=TEXTS,
    buttons=some.sampled_from([(), BUTTONS]),
    private=some.booleans(),
)
def test_every_limit_holds_and_every_output_is_sent_once(
    made, limits, hints, caption, buttons, private
) -> None:
    """The product checked no limit (11+ in an album, 4096, 1024, 2000, sizes): here each holds, and nothing is lost."""
    steps = plan(
        made, limits=limits, hints=hints, caption=caption, buttons=buttons, private_documents=private
    )
    assert steps
    by_place = {one.place: one for one in made}
    for one in made:
        in_files = sent(steps).count(one.place)
        if one.kind == "text":
            assert in_files + told(steps).count(f"<{one.place}>") == 1
        elif (one.size or 0) > limits.upload:
            assert in_files == 0
            assert one.url
            assert one.url in told(steps)
        else:
            assert in_files == 1
    assert sent(steps) == sorted(sent(steps))
    for step in steps:
        check(step, by_place, limits)
    assert [step.buttons for step in steps if step.buttons] == ([buttons] if buttons else [])
    assert not any(step.buttons for step in steps[:-1])
    names = [file.filename.casefold() for step in steps for file in step.files]
    assert len(names) == len(set(names))


def check(step: Step, made: dict[int, Made], limits: Limits) -> None:
    """Whether the platform takes this message."""
    most = limits.text if step.kind == "text" else limits.caption
    assert length(step.text, utf16=limits is TELEGRAM) <= most
    step.text.encode()
    assert step.text.strip() or step.kind != "text"
    assert bool(step.files) == (step.kind != "text")
    assert (2 <= len(step.files) <= 10) if step.kind == "album" else len(step.files) <= 1
    assert sum(made[file.place].size or 0 for file in step.files) <= max(limits.message, limits.upload)
    for file in step.files:
        assert file.filename
        assert len(file.filename.encode()) <= 60
        assert not set(file.filename) & set("/\\\0\n")
        assert file.filename not in {".", ".."}
        if file.kind == "photo" and limits is TELEGRAM:
            one = made[file.place]
            assert one.size is not None
            assert one.size <= 10 * MIB
            assert (one.width or 0) + (one.height or 0) <= 10_000 or not (one.width and one.height)
            sides = sorted((one.width or 1, one.height or 1))
            assert sides[1] <= 20 * sides[0] or not (one.width and one.height)
    if limits is TELEGRAM and step.kind == "album":
        assert not step.buttons
        kinds = {file.kind for file in step.files}
        assert kinds <= {"photo", "video"} or kinds in ({"audio"}, {"document"})
    assert all(len(button.data.encode()) <= limits.data for row in step.buttons for button in row)


@pytest.mark.parametrize("limits", BOTH, ids=lambda limits: limits.platform)
def test_more_than_one_text_is_one_message(limits: Limits) -> None:
    r"""The product raised at the second text output, and joined texts by a backslash and an n: here by a blank line."""
    made = [Made(0, "text", text="one"), Made(1, "text", text="two"), Made(2, "text", text="three")]
    (step,) = plan(made, limits=limits)
    assert step.text == "one\n\ntwo\n\nthree"


def test_albums_of_eleven_are_ten_and_one() -> None:
    """The product's albums over ten items failed, and one of one picture is none."""
    pictures = [Made(place, "image", f"{place}.png", "image/png", MIB) for place in range(11)]
    steps = plan(pictures, limits=TELEGRAM, buttons=BUTTONS)
    assert [(step.kind, len(step.files)) for step in steps] == [("album", 10), ("photo", 1)]


def test_albums_get_their_buttons() -> None:
    """The product's albums never got any, as Telegram takes none on them: here a text after it has them."""
    pictures = [Made(place, "image", f"{place}.png", "image/png", MIB) for place in range(3)]
    album, text = plan(pictures, limits=TELEGRAM, buttons=BUTTONS, caption="foxes")
    assert (album.buttons, text.buttons, text.text) == ((), BUTTONS, "foxes")
    (message,) = plan(pictures, limits=DISCORD, buttons=BUTTONS, caption="foxes")
    assert (message.buttons, message.text) == (BUTTONS, "foxes")


@pytest.mark.parametrize("limits", BOTH, ids=lambda limits: limits.platform)
def test_documents_for_one_are_announced_to_all(limits: Limits) -> None:
    """The product's redirect of documents used an undefined variable on Discord, and swallowed what went wrong."""
    made = [Made(0, "image", "fox.png", "image/png", MIB), Made(1, "text", text="a fox")]
    hints = {"send-as": "document"}
    file, notice = plan(made, limits=limits, hints=hints, buttons=BUTTONS, private_documents=True)
    assert (file.kind, file.private, file.buttons) == ("document", True, ())
    assert (notice.private, notice.buttons) == (False, BUTTONS)
    assert "a fox" in notice.text
    assert "private chat" in notice.text


def test_only_what_the_workflow_wants_as_documents_is_for_one() -> None:
    """A picture that is too large for a photo belongs to the group as any other."""
    (step,) = plan(
        [Made(0, "image", "a.png", "image/png", 20 * MIB)], limits=TELEGRAM, private_documents=True
    )
    assert (step.kind, step.private) == ("document", False)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (Made(0, "file", "ComfyUI_1.png", "image/png", 9), "photo"),
        (Made(0, "file", "output", "image/png", 9), "photo"),
        (Made(0, "file", "film.mp4", None, 9), "video"),
        (Made(0, "video", "wave.gif", None, 9), "animation"),
        (Made(0, "video", "film.mp4", "application/octet-stream", 9), "video"),
        (Made(0, "image", "", None, 9), "photo"),
        (Made(0, "image", "layers.psd", None, 9), "document"),
    ],
)
def test_drifted_outputs_are_what_their_bytes_are(made: Made, kind: str) -> None:
    """T13: a PNG delivered as a file, a film without a format, gifs of a film node: by type, then name, then kind."""
    assert [step.kind for step in plan([made], limits=TELEGRAM)] == [kind]


def test_what_nothing_tells_of_is_a_file_with_a_word() -> None:
    """T13: an unknown shape is delivered, and said to be unknown; never silently dropped."""
    (step,) = plan([Made(0, "hologram", "thing", None, 5)], limits=TELEGRAM)
    assert step.kind == "document"
    assert "thing" in step.text


def test_boosted_servers_take_more() -> None:
    """Discord's limit is a server's own: what is told of in one is sent in the other."""
    film = [Made(0, "video", "film.mp4", "video/mp4", 60 * MIB)]
    assert [step.kind for step in plan(film, limits=DISCORD)] == ["text"]
    assert [step.kind for step in plan(film, limits=BOOSTED)] == ["video"]


def test_too_large_says_who_can_fetch_it() -> None:
    """A film of 60 MB: one clear reply, with a link if others can open it, and with the run if not."""
    film = Made(0, "video", "film.mp4", "video/mp4", 60 * MIB, url="https://files.example.com/f.mp4?sig=1")
    (step,) = plan([film], limits=TELEGRAM, run_id="run-7")
    assert "60 MB" in step.text
    assert film.url
    assert film.url in step.text
    for url in (
        None,
        "http://127.0.0.1:3011/f.mp4",
        "http://localhost/f.mp4",
        "https://h.example.com/" + "f" * 5000,
    ):
        (step,) = plan([attrs.evolve(film, url=url)], limits=TELEGRAM, run_id="run-7")
        assert "60 MB" in step.text
        assert "run-7" in step.text
        assert "http" not in step.text


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.4/a", "http://[::1]/a", "http://127.1/a", "http://nas/a", "http://nas.local/a", "file:///etc/passwd",
     "https://api.telegram.org/file/bot1:x/a", "https://ada:pw@example.com/a", "http://169.254.169.254/a", "http://[/a",
     "http://192.168.0.2:8188/view?filename=a.png", "http://0x7f.1/a", ""],
)  # fmt: skip
def test_links_that_lead_nowhere_for_others_are_not_given(url: str) -> None:
    """T14: no address of this machine or network, and none that holds a token, is ever sent to a chat."""
    assert not public_link(url)


def test_buttons_that_carry_too_much_are_refused() -> None:
    """Telegram takes 64 bytes: a bug in ours must not lose somebody's picture at the last step."""
    with pytest.raises(InvalidInput, match="64 bytes"):
        plan([], limits=TELEGRAM, buttons=[[Button("Again", "x" * 65)]])


def test_more_buttons_than_a_row_takes_get_another() -> None:
    """Discord takes five a row and five rows."""
    (step,) = plan(
        [], limits=DISCORD, buttons=[[Button(str(number), f"st:again:{number}") for number in range(7)]]
    )
    assert [len(row) for row in step.buttons] == [5, 2]


def test_the_language_is_the_user_s() -> None:
    """What is said beside the files is in their language, and a tag of a region is understood."""
    (step,) = plan([], limits=TELEGRAM, language="de-CH")
    assert step.text.startswith("Der Lauf ist gut zu Ende gegangen")


def test_limits_are_those_the_platforms_document() -> None:
    """Bot API, "Sending files", sendMessage, sendMediaGroup; Discord, "Uploading Files" and "Create Message"."""
    telegram, discord = (
        (
            one.text,
            one.caption,
            one.album,
            one.upload // MIB,
            one.message // MIB,
            one.data,
            one.command,
            one.description,
        )
        for one in BOTH
    )
    assert telegram == (4096, 1024, 10, 50, 50, 64, 32, 256)
    assert discord == (2000, 2000, 10, 10, 25, 100, 32, 100)
    assert (TELEGRAM.photo, TELEGRAM.photo_side, TELEGRAM.photo_ratio) == (10 * MIB, 10_000, 20)
    assert (DISCORD.rows, DISCORD.buttons_a_row) == (5, 5)


@pytest.mark.parametrize("limits", [TELEGRAM, DISCORD])
@given(some.lists(some.integers(1, 6000), min_size=1, max_size=80))
def test_texts_are_few_messages_or_files(limits: Limits, sizes: list[int]) -> None:
    """However many there are: about five messages of text at the most, else files, as many together as there may be."""
    made = [Made(place, "text", text="w" * size) for place, size in enumerate(sizes)]
    steps = plan(made, limits=limits, buttons=BUTTONS)
    assert len(steps) <= max(11, -(-len(made) // limits.album) + 1)
    shown = [step for step in steps if step.kind == "text"]
    assert not any(step.files for step in shown)
    files = [file.place for step in steps for file in step.files]
    assert files in ([], list(range(len(made))))
