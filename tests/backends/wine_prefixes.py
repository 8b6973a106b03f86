r"""Prefixes of Wine for tests: small ones, with what Wine makes of such keys.

The folders of Wine's servers are below the test's own, so no test meets a server of somebody's.
"""

from __future__ import annotations

from pathlib import Path

from anyreg.backends.namespace.namespace import Namespace
from anyreg.backends.wine.prefix_hives import open_prefix
from anyreg.backends.wine.wine_prefix import USER, read_prefix

TIME = 0x1DD8004B979F7E4
SHARED = (r"Microsoft\Cryptography\Services", r"Microsoft\COM3", r"Microsoft\OLE")
_HEAD = "WINE REGISTRY Version 2\n;; All keys relative to REGISTRY\\\\{}\n\n#arch={}\n"


def section(path: str, *lines: str) -> str:
    """A key and its lines."""
    seconds = (TIME - 116444736000000000) // 10_000_000
    whole = "".join(f"{line}\n" for line in lines)
    return f"\n[{path.replace(chr(92), chr(92) * 2)}] {seconds}\n#time={TIME:x}\n{whole}"


def link(path: str, target: str) -> str:
    """A symbolic link."""
    raw = target.encode("utf-16-le").hex(",")
    return section(path, "#link", f'"SymbolicLinkValue"=hex(6):{raw}')


def _links() -> str:
    top = "Software\\Wow6432Node"
    classes = link(rf"{top}\Classes", r"\Registry\Machine\Software\Classes\Wow6432Node")
    return classes + "".join(
        link(rf"{top}\{name}", rf"\Registry\Machine\Software\{name}") for name in SHARED
    )


def make_prefix(folder: Path, arch: str = "win64") -> Path:
    """A prefix in a new folder."""
    folder.mkdir(parents=True)
    machine = section(r"Software\Classes\.txt", '@="txtfile"') + section(r"Software\Maker")
    machine += _links() if arch == "win64" else ""
    machine += section(
        r"System\CurrentControlSet\Control", '"One"=dword:00000001', '"Path"=str(2):"%x%"'
    )
    machine += section(r"System\Select", '"Current"=dword:00000001')
    user = section("Environment", '"TEMP"="C:\\\\temp"') + section(r"Software\Wine")
    default = section("Environment")
    for name, root, keys in (
        ("system.reg", "Machine", machine),
        ("user.reg", rf"User\\{USER}", user),
        ("userdef.reg", r"User\\.Default", default),
    ):
        (folder / name).write_bytes((_HEAD.format(root, arch) + keys).encode())
    return folder


def servers(folder: Path) -> str:
    """The folder that the folders of servers are in."""
    place = folder.parent / "servers"
    place.mkdir(exist_ok=True)
    return str(place)


def opened(folder: Path, *, writable: bool = True) -> Namespace:
    """A prefix, opened."""
    return open_prefix(
        read_prefix(str(folder)), is_read_only=not writable, temporary=servers(folder)
    )


def files(folder: Path) -> dict[str, bytes]:
    """What the files of a prefix hold."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
