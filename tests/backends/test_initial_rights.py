"""Who may do what with a new registry, against the hives of real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from anyreg.backends.initial_rights import root_rights
from anyreg.security.check import maximum_access
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.token import Token

# Real hives, and the last name of the mount that each would have; {} is its user.
ROOTS = {
    "real/system-b/SYSTEM_B": "SYSTEM",
    "real/win11/config/DEFAULT": ".DEFAULT",
    "real/ntuser-transactions/NTUSER.DAT": "{}",
    "real/win11/user/UsrClass.dat": "{}_Classes",
}


def user_of(descriptor: SecurityDescriptor) -> str:
    """The person of whom a list speaks."""
    people = [ace.sid for ace in descriptor.dacl or () if str(ace.sid).startswith("S-1-5-21-")]
    return str(people[0]) if people else "S-1-5-21-1-2-3-1001"


@pytest.mark.parametrize("file", ROOTS)
def test_roots_have_the_rights_of_real_ones(corpus: Path, file: str) -> None:
    """Byte for byte, for whoever is the user there."""

    with anyreg.open(corpus / file) as hive:
        real = hive.root.descriptor
    user = user_of(SecurityDescriptor.from_bytes(real))
    assert root_rights(ROOTS[file].format(user), user) == real


def test_the_user_may_do_what_he_may_on_windows() -> None:
    """All with what is his, and reading what is the machine's; of accounts he sees nothing."""
    with anyreg.open("memory:") as registry:
        token = Token.of(str(registry.about()["user"]), "Users")

        def rights(path: str) -> int:
            return registry.open(path).access_for(token)

        assert rights(r"HKCU\Software\Policies") == rights("HKCR") == 0xF003F
        assert rights(r"HKLM\SOFTWARE\Microsoft") == rights(r"HKLM\SYSTEM\Select") == 0x20019
        assert rights(r"HKLM\SAM\SAM\Domains") == rights(r"HKLM\SECURITY\Policy") == 0
        assert (
            maximum_access(
                SecurityDescriptor.from_bytes(registry.open(r"HKLM\SAM\SAM").descriptor),
                Token.system(),
            )
            & 0xF003F
            == 0xF003F
        )
