"""What of the live registry needs no Windows: paths, descriptors, codes, the way around a fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.backends.live.declarations import DACL, GROUP, LABEL, OWNER, SACL
from anyreg.backends.live.descriptors import parts_of, sent
from anyreg.backends.live.failures import failure
from anyreg.backends.live.nt_paths import names_of, path_of
from anyreg.backends.live.wine_renames import safe_way
from anyreg.errors import (
    AccessDeniedError,
    KeyDeletedError,
    KeyNotFoundError,
    LimitError,
    NotHiveError,
    RegistryError,
    SecurityError,
)
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.sddl import parse_sddl, print_sddl

PROTECT, UNPROTECT = 0x80000000, 0x20000000


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (r"\REGISTRY\MACHINE\SOFTWARE\X", ["HKEY_LOCAL_MACHINE", "SOFTWARE", "X"]),
        (r"\Registry\User\S-1-5-18", ["HKEY_USERS", "S-1-5-18"]),
        (r"\Registry\Machine", ["HKEY_LOCAL_MACHINE"]),
        (r"\Registry", []),
    ],
)
def test_paths_of_the_kernel_are_names_from_the_top(path: str, names: list[str]) -> None:
    """And the other way round, spelled as usual."""
    assert names_of(path) == names
    assert names_of(path_of(names)) == names


@pytest.mark.parametrize(
    ("sddl", "parts"),
    [
        ("O:BAG:SYD:(A;;KA;;;BA)", OWNER | GROUP | DACL | UNPROTECT),
        ("O:BAD:P(A;;KA;;;BA)", OWNER | DACL | PROTECT),
        ("G:SY", GROUP),
        ("D:(A;;KA;;;BA)S:(ML;;NW;;;LW)", DACL | UNPROTECT | LABEL),
        ("D:(A;;KA;;;BA)S:(AU;SAFA;KA;;;WD)(ML;;NW;;;LW)", DACL | UNPROTECT | SACL),
        ("S:", SACL),
    ],
)
def test_windows_is_given_the_parts_that_are_there(sddl: str, parts: int) -> None:
    """A list with a label alone needs no privilege."""
    assert parts_of(parse_sddl(sddl).build()) == parts


def test_that_a_list_is_inherited_is_kept() -> None:
    """Windows drops the bit unless another one asks it not to."""
    raw = parse_sddl("O:BAG:SYD:AI(A;ID;KA;;;BA)").build()
    assert print_sddl(SecurityDescriptor.from_bytes(sent(raw))) == "O:BAG:SYD:ARAI(A;ID;KA;;;BA)"
    plain = parse_sddl("O:BAG:SYD:(A;;KA;;;BA)").build()
    assert sent(plain) == plain


def test_bytes_that_are_no_descriptor_are_refused() -> None:
    """Before Windows sees them."""
    with pytest.raises(SecurityError):
        parts_of(b"x" * 20)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (2, KeyNotFoundError),
        (5, AccessDeniedError),
        (87, LimitError),
        (1017, NotHiveError),
        (1018, KeyDeletedError),
        (1314, AccessDeniedError),
        (1338, SecurityError),
        (1450, RegistryError),
    ],
)
def test_each_code_is_an_error_of_the_tree(code: int, kind: type[RegistryError]) -> None:
    """With the code, and the place."""
    error = failure(code, "place", lambda code: "words of Windows. ")
    assert type(error) is kind
    assert (error.winerror, error.path) == (code, "place")


@given(st.lists(st.text("abcdefg", min_size=1, max_size=2), min_size=1, unique=True), st.data())
def test_no_neighbour_is_lost_on_wine(names: list[str], data: st.DataObject) -> None:
    """A model of its server, fault and all: each step of the way leaves all others alone."""
    siblings = sorted(names)
    name = data.draw(st.sampled_from(siblings))
    wanted = data.draw(st.text("abcdefg", min_size=1, max_size=2).filter(lambda x: x not in names))
    others = [other for other in siblings if other != name]
    now = list(siblings)
    current = name
    for step in safe_way(siblings, name, wanted):
        now = renamed_by_wine(now, current, step)
        current = step
    assert now == sorted([*others, wanted])


def renamed_by_wine(keys: list[str], name: str, wanted: str) -> list[str]:
    """What its server makes of its list; one place more than there are keys is not looked at."""
    places = [*keys, ""]
    now = keys.index(name)
    index = sum(key < wanted for key in keys)
    stays_too = index == now + 1
    if now < index and index - now > 1:
        index -= 1
        places[now:index] = places[now + 1 : index + 1]
    elif now > index:
        places[index + 1 : now + 1] = places[index:now]
    places[index] = wanted
    if stays_too:
        places[now] = wanted
    return places[: len(keys)]
