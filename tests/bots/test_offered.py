"""What the bots offer to people who import them: a name that comes or goes is meant."""

import importlib

import pytest

OFFERED = {
    "commands": "FIXED Catalogue Command Diff Option command_name diff inputs_from payload unique_names",
    "desk": "Denied Desk Impossible Job NotSent Sender Unsure",
    "discord": "install setup teardown",
    "hooks": "Authorize Hooks Review Settle Verdict",
    "interactions": "DEFER_WITHIN EDIT_UNTIL Answering Way is_hidden",
    "people": "Asked Attachment Place Platform Pressed User",
    "render": "DISCORD LIMITS TELEGRAM Button Limits Made SentFile Step buttons_of_result hints_of notes_in plan sentence split",
    "stale": "STALE_AFTER is_stale",
    "telegram": "install",
}


@pytest.mark.parametrize("name", OFFERED)
def test_what_is_offered(name: str) -> None:
    """Each of these modules offers just these names."""
    module = importlib.import_module(f"stationthis_sdk.bots.{name}")
    assert sorted(module.__all__) == sorted(OFFERED[name].split())


def test_the_platforms_libraries_are_loaded_when_they_are_used() -> None:
    """Importing the adapters loads neither library."""
    import subprocess
    import sys

    program = (
        "import sys; from stationthis_sdk.bots import telegram, discord; import stationthis_sdk.bots.desk; "
        "print([name for name in ('telegram', 'discord') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
