"""What kind of disk a folder is on: this machine's, one over the network, or one that goes with a container."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any, Final

import attrs

__all__ = ["Mount", "goes_with_container", "is_remote", "mount_of", "mounts_here", "read_mounts"]

_REMOTE: Final = frozenset({
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs",
    "fuse.goofys", "fuse.juicefs", "fuse.mount-s3", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre",
    "macfuse", "ncpfs", "nfs", "nfs3", "nfs4", "osxfuse", "smb2", "smb3", "smbfs", "sshfs", "webdav",
})  # fmt: skip
_LAYERS: Final = frozenset({"overlay", "overlayfs", "aufs", "fuse-overlayfs", "fuse.fuse-overlayfs"})
"""What containers lay over their images."""
_PATIENCE: Final = 5.0
_DRIVE_REMOTE: Final = 4
"""What Windows calls a drive that is a share of another machine."""


@attrs.frozen
class Mount:
    """A place where a disk begins, and the kind of its file system."""

    place: PurePath
    kind: str


def read_mounts(text: str) -> Iterator[Mount]:
    r"""The mounts of ``/proc/mounts``, or of what ``mount`` prints on macOS and the BSDs.

    >>> list(read_mounts("nas:/a /my\\040disk nfs4 rw 0 0\n//b@c/d on /Volumes/d (smbfs, nodev)\n"))
    [Mount(place=PurePosixPath('/my disk'), kind='nfs4'), Mount(place=PurePosixPath('/Volumes/d'), kind='smbfs')]
    """
    for line in text.splitlines():
        if printed := re.fullmatch(r".* on (/.*) \(([\w.-]+)[,)].*", line):
            yield Mount(PurePath(printed[1]), printed[2].lower())
        elif len(fields := line.split(" ")) >= 3 and fields[1].startswith("/"):
            place = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[1])
            yield Mount(PurePath(place), fields[2].lower())


def mount_of(folder: PurePath, mounts: "list[Mount]") -> Mount | None:
    """The mount that a folder is on: the nearest above it, of two at one place the later.

    >>> here = [Mount(PurePath("/"), "overlay"), Mount(PurePath("/data"), "nfs4")]
    >>> mount_of(PurePath("/data/x"), here).kind, mount_of(PurePath("/database"), here).kind
    ('nfs4', 'overlay')
    """
    found = [one for one in mounts if folder == one.place or one.place in folder.parents]
    return max(enumerate(found), key=lambda one: (len(one[1].place.parts), one[0]))[1] if found else None


def is_remote(folder: Path, mounts: "list[Mount]") -> str | None:
    """The kind of a folder's disk, when that is another machine's; None otherwise, or when nobody can tell."""
    if sys.platform == "win32":
        return _windows(PureWindowsPath(folder))
    mount = mount_of(folder, mounts)
    return mount.kind if mount is not None and mount.kind in _REMOTE else None


def goes_with_container(folder: Path, mounts: "list[Mount]") -> bool:
    """Whether a folder is on a container's own disk, which goes with it, and not on a volume."""
    mount = mount_of(folder, mounts)
    return mount is not None and mount.place == PurePath("/") and mount.kind in _LAYERS


def mounts_here() -> list[Mount]:
    """The mounts of this machine; none where it does not tell."""
    try:
        return list(read_mounts(Path("/proc/mounts").read_text("utf-8", "surrogateescape")))
    except OSError:
        pass
    if sys.platform == "win32":
        return []
    try:
        told = subprocess.run(["/sbin/mount"], capture_output=True, timeout=_PATIENCE, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return list(read_mounts(told.decode("utf-8", "surrogateescape")))


def _windows(folder: PureWindowsPath) -> str | None:
    """A share by its own name, or under a drive's letter."""
    if folder.drive.startswith("\\\\"):
        return "a network share"
    import ctypes  # noqa: PLC0415 - only there

    kernel: Any = getattr(ctypes, "windll", None)
    remote = kernel is not None and kernel.kernel32.GetDriveTypeW(f"{folder.drive}\\") == _DRIVE_REMOTE
    return "a network drive" if remote else None
