r"""WOW64: where the subkeys of a key really stand, for programs of 32 bits and for others.

A 64-bit Windows keeps the machine's software twice: HKLM\SOFTWARE for 64 bits, and
HKLM\SOFTWARE\Wow6432Node for 32.  Asked for the first, a 32-bit program gets the second.  Three
rules make the exceptions, and hold for every program, as the second tree is visible to all:

1. Some keys are shared: below Wow6432Node their names lead to the first tree.
2. Classes is shared, but for five of its subkeys, which stand in Classes\Wow6432Node for 32 bits.
3. Below Wow6432Node\Classes these five are always those of 32 bits.

A zone is what is known of a key from the way to it: which of its subkeys' names lead elsewhere.
Most keys are in none, and cost nothing.

Source: Microsoft's documentation, "Registry Keys Affected by WOW64" (Windows 7 and later).
"""

from __future__ import annotations

from typing import Final

from anyreg.names import fold

WOW_NODE: Final = "Wow6432Node"
_CLASSES: Final = "CLASSES"
_MOVED_CLASSES: Final = frozenset(
    ["CLSID", "DIRECTSHOW", "INTERFACE", "MEDIA TYPE", "MEDIAFOUNDATION"]
)
_SHARED: Final = (
    r"Classes",
    r"Clients",
    r"Policies",
    r"RegisteredApplications",
    r"Microsoft\COM3",
    r"Microsoft\Cryptography\Calais\Current",
    r"Microsoft\Cryptography\Calais\Readers",
    r"Microsoft\Cryptography\Services",
    r"Microsoft\CTF\SystemShared",
    r"Microsoft\CTF\TIP",
    r"Microsoft\DFS",
    r"Microsoft\Driver Signing",
    r"Microsoft\EnterpriseCertificates",
    r"Microsoft\EventSystem",
    r"Microsoft\MSMQ",
    r"Microsoft\Non-Driver Signing",
    r"Microsoft\Notepad\DefaultFonts",
    r"Microsoft\OLE",
    r"Microsoft\RAS",
    r"Microsoft\RPC",
    r"Microsoft\Shared Tools\MSInfo",
    r"Microsoft\SystemCertificates",
    r"Microsoft\TermServLicensing",
    r"Microsoft\Transaction Server",
    r"Microsoft\Windows\CurrentVersion\Control Panel\Cursors\Schemes",
    r"Microsoft\Windows\CurrentVersion\Explorer\AutoplayHandlers",
    r"Microsoft\Windows\CurrentVersion\Explorer\DriveIcons",
    r"Microsoft\Windows\CurrentVersion\Explorer\KindMap",
    r"Microsoft\Windows\CurrentVersion\Group Policy",
    r"Microsoft\Windows\CurrentVersion\Policies",
    r"Microsoft\Windows\CurrentVersion\PreviewHandlers",
    r"Microsoft\Windows\CurrentVersion\Setup",
    r"Microsoft\Windows\CurrentVersion\Telephony\Locations",
    r"Microsoft\Windows NT\CurrentVersion\Console",
    r"Microsoft\Windows NT\CurrentVersion\FontDpi",
    r"Microsoft\Windows NT\CurrentVersion\FontLink",
    r"Microsoft\Windows NT\CurrentVersion\FontMapper",
    r"Microsoft\Windows NT\CurrentVersion\Fonts",
    r"Microsoft\Windows NT\CurrentVersion\FontSubstitutes",
    r"Microsoft\Windows NT\CurrentVersion\Gre_Initialize",
    r"Microsoft\Windows NT\CurrentVersion\Image File Execution Options",
    r"Microsoft\Windows NT\CurrentVersion\LanguagePack",
    r"Microsoft\Windows NT\CurrentVersion\NetworkCards",
    r"Microsoft\Windows NT\CurrentVersion\Perflib",
    r"Microsoft\Windows NT\CurrentVersion\Ports",
    r"Microsoft\Windows NT\CurrentVersion\Print",
    r"Microsoft\Windows NT\CurrentVersion\ProfileList",
    r"Microsoft\Windows NT\CurrentVersion\Time Zones",
)


class Zone:
    """What the names of a key's subkeys mean; names are folded.

    Attributes:
        inside: The zones that some subkeys are in.
        shared: Subkeys that stand elsewhere: their paths from the hive's root.
        moved: Subkeys that stand in Wow6432Node for 32 bits.
        always: Whether these do so for everybody.
        wow: Of the root of SOFTWARE, the zone of Wow6432Node, which stands for it for 32 bits.
        is_wow: Whether the key is Wow6432Node.
    """

    def __init__(
        self,
        moved: frozenset[str] = frozenset(),
        always: bool = False,
        wow: Zone | None = None,
        is_wow: bool = False,
    ) -> None:
        self.inside: dict[str, Zone] = {}
        self.wow = wow
        self.is_wow = is_wow
        self.shared: dict[str, list[str]] = {}
        self.moved = moved
        self.always = always

    def shared_path(self, names: list[str], at: int) -> tuple[list[str], int]:
        """The path of the shared key that names lead to, and the index of the first behind it.

        The keys on the way to it need not be there in the other tree.

        Args:
            names: The names.
            at: The index of the first that counts, a subkey of the zone's key.
        """
        zone: Zone | None = self
        while zone is not None and at < len(names):
            folded = fold(names[at])
            at += 1
            found = zone.shared.get(folded)
            if found is not None:
                return found, at
            zone = zone.inside.get(folded)
        return [], at

    def names(self, name: str) -> bool:
        """Whether anything is known of a subkey of this name."""
        folded = fold(name)
        return folded in self.inside or folded in self.shared or folded in self.moved


def _wow_zone() -> Zone:
    top = Zone(is_wow=True)
    for path in _SHARED:
        names = path.split("\\")
        zone = top
        for name in names[:-1]:
            zone = zone.inside.setdefault(fold(name), Zone())
        zone.shared[fold(names[-1])] = names
    return top


CLASSES: Final = Zone(_MOVED_CLASSES)
"""A key named Classes, of the machine or of a user."""

WOW: Final = _wow_zone()
"""The key Wow6432Node."""

SOFTWARE: Final = Zone(wow=WOW)
"""The root of the hive SOFTWARE."""
SOFTWARE.inside[fold(WOW_NODE)] = WOW
SOFTWARE.inside[_CLASSES] = CLASSES

FROM_WOW: Final = Zone()
"""The same root, on the way from Wow6432Node to a shared key."""
FROM_WOW.inside[_CLASSES] = Zone(_MOVED_CLASSES, True)

_WOW_OF_WINE: Final = Zone(is_wow=True)
_WOW_OF_WINE.shared[_CLASSES] = ["Classes"]

SOFTWARE_OF_WINE: Final = Zone(wow=_WOW_OF_WINE)
"""The root of SOFTWARE in a prefix of Wine, where links say which other keys are shared."""
SOFTWARE_OF_WINE.inside[fold(WOW_NODE)] = _WOW_OF_WINE
SOFTWARE_OF_WINE.inside[_CLASSES] = CLASSES
