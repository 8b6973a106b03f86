"""Where the folders of a new user, and those for all users, are: in two keys, as Windows has them.

They are those of real Windows 11 profiles that nobody has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from anyreg.types import ExpandString

Keys = Mapping[str, Mapping[str, object]]
"""Keys by path, and their values by name."""

_FOLDERS: Final = {
    "AppData": r"AppData\Roaming",
    "Cache": r"AppData\Local\Microsoft\Windows\INetCache",
    "Cookies": r"AppData\Local\Microsoft\Windows\INetCookies",
    "Desktop": "Desktop",
    "Favorites": "Favorites",
    "History": r"AppData\Local\Microsoft\Windows\History",
    "Local AppData": r"AppData\Local",
    "My Music": "Music",
    "My Pictures": "Pictures",
    "My Video": "Videos",
    "NetHood": r"AppData\Roaming\Microsoft\Windows\Network Shortcuts",
    "Personal": "Documents",
    "PrintHood": r"AppData\Roaming\Microsoft\Windows\Printer Shortcuts",
    "Programs": r"AppData\Roaming\Microsoft\Windows\Start Menu\Programs",
    "Recent": r"AppData\Roaming\Microsoft\Windows\Recent",
    "SendTo": r"AppData\Roaming\Microsoft\Windows\SendTo",
    "Start Menu": r"AppData\Roaming\Microsoft\Windows\Start Menu",
    "Startup": r"AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Startup",
    "Templates": r"AppData\Roaming\Microsoft\Windows\Templates",
    "{374DE290-123F-4565-9164-39C4925E467B}": "Downloads",
}
"""Where a new user's folders are, below the profile."""
_MENU: Final = r"%ProgramData%\Microsoft\Windows\Start Menu"
_COMMON_FOLDERS: Final = {
    "Common AppData": "%ProgramData%",
    "Common Desktop": r"%PUBLIC%\Desktop",
    "Common Documents": r"%PUBLIC%\Documents",
    "Common Programs": rf"{_MENU}\Programs",
    "Common Start Menu": _MENU,
    "Common Startup": rf"{_MENU}\Programs\Startup",
    "Common Templates": r"%ProgramData%\Microsoft\Windows\Templates",
    "CommonMusic": r"%PUBLIC%\Music",
    "CommonPictures": r"%PUBLIC%\Pictures",
    "CommonVideo": r"%PUBLIC%\Videos",
}
_PLACES: Final = {"%ProgramData%": r"C:\ProgramData", "%PUBLIC%": r"C:\Users\Public"}


def user_folders(explorer: str, home: str) -> Keys:
    """The keys of a user's folders.

    Args:
        explorer: The key that they stand below.
        home: The folder of the user's profile.
    """
    folders = {name: rf"%USERPROFILE%\{place}" for name, place in _FOLDERS.items()}
    return _both(explorer, folders, {"%USERPROFILE%": home})


def common_folders(explorer: str) -> Keys:
    """The keys of the folders for all users.

    Args:
        explorer: The key that they stand below.
    """
    return _both(explorer, _COMMON_FOLDERS, _PLACES)


def _both(explorer: str, folders: Mapping[str, str], places: Mapping[str, str]) -> Keys:
    """The two keys of folders: as they are set, and what they come to, which most programs read."""
    resolved: dict[str, object] = {}
    for name, folder in folders.items():
        variable, _, rest = folder.partition("\\")
        resolved[name] = "\\".join([places[variable], *([rest] if rest else [])])
    return {
        rf"{explorer}\Shell Folders": resolved,
        rf"{explorer}\User Shell Folders": {
            name: ExpandString(folder) for name, folder in folders.items()
        },
    }
