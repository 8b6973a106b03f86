"""What keys inherit: from the one in which they stand, and those below from them."""

from __future__ import annotations

import pytest

import anyreg
from anyreg.errors import NotSupportedError, SecurityError
from anyreg.registry.current_registry import backend_of
from anyreg.registry.inherited_permissions import carry_down, descriptor_above
from anyreg.registry.permissions import as_descriptor, granted, parsed_descriptor
from anyreg.security.descriptor import default_descriptor
from anyreg.security.known import ADMINISTRATORS
from anyreg.security.sddl import print_sddl
from anyreg.winapi import create_key, set_raw
from anyreg.winapi.constants import HKEY_LOCAL_MACHINE, REG_LINK
from anyreg.winapi.constants import REG_OPTION_CREATE_LINK as CREATE_LINK

OWN = "O:BAG:SYD:P(A;CI;KA;;;BA)"


def test_a_key_inherits_from_the_one_it_stands_in_however_it_was_opened() -> None:
    """Neither from the root, where its path begins, nor from where another handle stands."""
    with anyreg.open("memory:") as registry:
        above = registry.create(r"HKCU\Software\Vendor")
        above.security = OWN
        above.create("A")
        key = registry.open(r"HKCU\Software\Vendor\A")
        key.security = "O:BAG:SYD:P(A;;KR;;;WD)"
        key.reset_inheritance()
        assert key.security.sddl == "O:BAG:SYD:AI(A;CIID;KA;;;BA)"


def test_what_a_link_leads_to_inherits_where_it_stands() -> None:
    """And not where the link does."""
    with anyreg.open("memory:") as registry, anyreg.use(registry):
        registry.create(r"HKLM\SOFTWARE\Real\Key")
        registry.open(r"HKLM\SOFTWARE\Real").security = OWN
        registry.create(r"HKLM\SOFTWARE\Other").security = "O:BAG:SYD:P(A;CI;KR;;;WD)"
        link, _ = create_key(HKEY_LOCAL_MACHINE, r"SOFTWARE\Other\Link", options=CREATE_LINK)
        target = r"\Registry\Machine\SOFTWARE\Real\Key".encode("utf-16-le")
        set_raw(link, "SymbolicLinkValue", REG_LINK, target)
        registry.open(r"HKLM\SOFTWARE\Other\Link").reset_inheritance()
        found = registry.open(r"HKLM\SOFTWARE\Real\Key").security.sddl
        assert found == "O:BAG:SYD:AI(A;CIID;KA;;;BA)"


def test_the_key_above_must_have_permissions() -> None:
    """A descriptor that cannot be read names its key; where there is none nothing is emptied."""
    with anyreg.open("memory:") as registry:
        key = registry.create(r"HKCU\Software\Vendor\A")
        before = key.descriptor
        for bad, kind in ((b"none", SecurityError), (b"", NotSupportedError)):
            registry.open(r"HKCU\Software\Vendor").descriptor = bad
            with pytest.raises(kind) as caught:
                key.reset_inheritance()
            assert "Vendor" in caught.value.path
            assert key.descriptor == before
        assert descriptor_above(backend_of(registry), registry.root.node) is None


def test_a_change_is_carried_to_all_keys_below_but_protected_ones() -> None:
    """A child that differs is no end of the way."""
    with anyreg.open("memory:") as registry:
        top = registry.create(r"HKEY_CURRENT_USER\Software\Top")
        top.descriptor = default_descriptor()
        for path in ("A", r"A\B", "P", r"P\Q"):
            top.create(path)
        own = "O:BAG:SYD:(A;;KR;;;BU)"
        top.open("A").descriptor = as_descriptor(own)
        top.open("P").descriptor = as_descriptor("O:BAG:SYD:P(A;CI;KR;;;BU)")
        before = top.open(r"P\Q").descriptor
        changed = granted(parsed_descriptor(top), ADMINISTRATORS, 0xF003F, inherit=True)
        top.descriptor = changed.build()
        assert carry_down(top) == 2
        assert print_sddl(parsed_descriptor(top.open("A"))) == (
            "O:BAG:SYD:AI(A;;KR;;;BU)(A;CIID;KA;;;BA)(A;CIID;KA;;;SY)(A;CIID;KR;;;WD)"
        )
        assert "(A;CIID;KA;;;BA)" in print_sddl(parsed_descriptor(top.open(r"A\B")))
        assert top.open(r"P\Q").descriptor == before
        assert carry_down(top) == 0


def test_what_is_carried_down_depends_on_the_key_above_too() -> None:
    """Keys with one descriptor below keys with different ones get what each inherits."""
    with anyreg.open("memory:") as registry:
        top = registry.create(r"HKEY_CURRENT_USER\Software\Top")
        top.descriptor = as_descriptor("O:BAG:SYD:P(A;CI;KA;;;BA)")
        same = as_descriptor("O:BAG:SYD:(A;;KR;;;SY)")
        for name, own in (("A", "BU"), ("B", "WD")):
            above = top.create(name)
            above.descriptor = as_descriptor(f"O:BAG:SYD:(A;CI;KR;;;{own})")
            for number in range(3):
                above.create(str(number)).descriptor = same
        assert carry_down(top) == 8
        for name, own in (("A", "BU"), ("B", "WD")):
            found = {print_sddl(parsed_descriptor(key)) for key in top.open(name).children()}
            wanted = f"O:BAG:SYD:AI(A;;KR;;;SY)(A;CIID;KR;;;{own})(A;CIID;KA;;;BA)"
            assert found == {wanted}


def test_a_list_that_would_be_too_long_is_refused_with_its_key() -> None:
    """Nothing is changed then, as one transaction is all of it or nothing."""
    with anyreg.open("memory:") as registry:
        top = registry.create(r"HKEY_CURRENT_USER\Software\Top")
        below = top.create("Below")
        below.security = "O:BAG:SYD:" + "(A;;KA;;;BA)" * 2729
        before = top.security.sddl
        with pytest.raises(SecurityError, match="too long") as caught:
            top.grant("BU", "read", propagate=True)
        assert caught.value.path.endswith(r"Top\Below")
        assert top.security.sddl == before
        assert len(below.security.dacl or []) == 2729
