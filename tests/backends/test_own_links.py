"""Which links a registry itself makes, by their places and targets."""

from __future__ import annotations

import pytest

from anyreg.backends.namespace.own_links import is_own_place, is_own_target, looks_own

SID = "S-1-5-21-1-2-3-1001"
CURRENT = r"Machine\SYSTEM\CurrentControlSet"
PROFILE = r"Machine\SYSTEM\ControlSet001\Hardware Profiles\Current"
CLASSES = rf"User\{SID}\Software\Classes"


@pytest.mark.parametrize(
    ("path", "own"),
    [
        (CURRENT, True),
        (CURRENT.upper(), True),
        (PROFILE, True),
        (PROFILE.lower(), True),
        (CLASSES, True),
        ("", False),
        ("Classes", False),
        (r"Machine\SOFTWARE\Classes", False),
        (r"Machine\Other\CurrentControlSet", False),
        (r"Machine\SYSTEM\Other\Hardware Profiles\Current", False),
        (r"Machine\SYSTEM\ControlSet001\Other\Current", False),
        (rf"User\{SID}\Software\Vendor\Classes", False),
        (rf"User\{SID}\Classes", False),
        (rf"User\{SID}\Other\Classes", False),
    ],
)
def test_the_places(path: str, own: bool) -> None:
    """In any case, and in whole."""
    assert is_own_place(path.split("\\") if path else []) is own


@pytest.mark.parametrize(
    ("path", "target", "own"),
    [
        (CURRENT, r"Machine\SYSTEM\ControlSet002", True),
        (CURRENT, r"machine\system\controlset002", True),
        (CURRENT, r"Machine\SYSTEM\Select", False),
        (CURRENT, CURRENT, False),
        (CURRENT, r"Machine\SYSTEM", False),
        (CURRENT, r"Machine\SYSTEM\ControlSet001\Control", False),
        (PROFILE, r"Machine\SYSTEM\ControlSet001\Hardware Profiles\0001", True),
        (PROFILE, r"Machine\SYSTEM\ControlSet002\Hardware Profiles\0001", False),
        (PROFILE, PROFILE, False),
        (CLASSES, rf"User\{SID}_Classes", True),
        (CLASSES, rf"User\{SID}", False),
        (CLASSES, r"User\S-1-5-21-9_Classes", False),
        (CLASSES, rf"User\{SID}_Classes\X", False),
    ],
)
def test_the_targets(path: str, target: str, own: bool) -> None:
    """None leads back to a key that the link itself is below."""
    assert is_own_target(path.split("\\"), target.split("\\")) is own


def test_the_ends() -> None:
    """Where it is not known what a path begins with."""
    assert looks_own(["Software", "Classes"])
    assert looks_own(["CurrentControlSet"])
    assert looks_own(["X", "hardware profiles", "current"])
    assert not looks_own(["Software", "Vendor", "Classes"])
    assert not looks_own(["Current"])
    assert not looks_own([])
