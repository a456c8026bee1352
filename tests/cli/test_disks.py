"""What kind of disk a folder is on, from what each platform tells of its mounts."""

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.cli.disks import Mount, _windows, goes_with_container, is_remote, mount_of, read_mounts

LINUX = r"""
overlay / overlay rw,relatime,lowerdir=/a:/b 0 0
/dev/sda1 /data ext4 rw 0 0
nas:/export /data/my\040share nfs4 rw,vers=4.2 0 0
me@host:/home /home/me/far fuse.sshfs rw 0 0
tmpfs /data tmpfs rw 0 0
"""
MACOS = """
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)
//me@nas._smb._tcp.local/share on /Volumes/my share (smbfs, nodev, nosuid, mounted by me)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
"""
STEPS = some.lists(some.sampled_from("abc"), max_size=4)


@pytest.mark.parametrize(
    ("told", "folder", "remote", "passing"),
    [
        (LINUX, "/root/.local/share/stationthis", None, True),
        (LINUX, "/data/stationthis", None, False),
        (LINUX, "/data/my share/stationthis", "nfs4", False),
        (LINUX, "/home/me/far", "fuse.sshfs", False),
        (LINUX, "/home/me/farther", None, True),
        (MACOS, "/Volumes/my share/x", "smbfs", False),
        (MACOS, "/Users/me/Library", None, False),
        ("", "/anywhere", None, False),
        ("no mounts at all\n\n ( ) on", "/anywhere", None, False),
    ],
)
def test_a_folder_is_on_the_nearest_mount(told: str, folder: str, remote: str | None, passing: bool) -> None:
    """By Linux's table and by what macOS prints, names with blanks included; where nothing is told nobody is warned."""
    mounts = list(read_mounts(told))
    assert is_remote(Path(folder), mounts) == remote
    assert goes_with_container(Path(folder), mounts) is passing


def test_what_is_mounted_over_counts() -> None:
    """Of two mounts at one place the later one is seen."""
    found = mount_of(PurePosixPath("/data"), list(read_mounts(LINUX)))
    assert found == Mount(PurePosixPath("/data"), "tmpfs")


def test_shares_of_windows() -> None:
    """Those with a name of their own; a drive's letter is asked of Windows, where there is one."""
    assert _windows(PureWindowsPath(r"\\nas\share\stationthis")) == "a network share"
    assert _windows(PureWindowsPath(r"C:\Users\me")) is None


@given(some.lists(STEPS, min_size=1, max_size=6), STEPS)
def test_no_mount_beside_is_taken(places: list[list[str]], steps: list[str]) -> None:
    """The mount of a folder is above it, and no other one above it is nearer."""
    mounts = [Mount(PurePosixPath("/", *place), "ext4") for place in places]
    folder = PurePosixPath("/", *steps)
    found = mount_of(folder, mounts)
    above = [one.place for one in mounts if folder.is_relative_to(one.place)]
    if not above:
        assert found is None
    else:
        assert found is not None
        assert found.place == max(above, key=lambda place: len(place.parts))


@given(some.text())
def test_any_table_is_read(text: str) -> None:
    """What is none gives no mounts, never an exception."""
    assert all(one.kind == one.kind.lower() for one in read_mounts(text))
