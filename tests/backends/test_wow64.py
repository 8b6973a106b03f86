"""Where WOW64 keeps the keys of 32-bit programs."""

from __future__ import annotations

import pytest

from anyreg.backends.namespace.wow64 import CLASSES, FROM_WOW, SOFTWARE, WOW, Zone


def zone_at(zone: Zone, path: str) -> Zone:
    for name in path.split("\\"):
        zone = zone.inside[name]
    return zone


@pytest.mark.parametrize(
    ("above", "name", "path"),
    [
        ("", "CLIENTS", "Clients"),
        ("MICROSOFT", "COM3", r"Microsoft\COM3"),
        (
            r"MICROSOFT\WINDOWS NT\CURRENTVERSION",
            "FONTS",
            r"Microsoft\Windows NT\CurrentVersion\Fonts",
        ),
    ],
)
def test_shared_keys_lead_to_the_first_tree(above: str, name: str, path: str) -> None:
    """Under the path that they have there."""
    zone = zone_at(WOW, above) if above else WOW
    assert "\\".join(zone.shared[name]) == path


def test_classes_are_shared_but_for_five_keys() -> None:
    """From the second tree these five are those of 32 bits for everybody."""
    assert SOFTWARE.inside["CLASSES"] is CLASSES
    assert not CLASSES.always
    assert FROM_WOW.inside["CLASSES"].always
    assert FROM_WOW.inside["CLASSES"].moved == CLASSES.moved
    assert len(CLASSES.moved) == 5
    assert WOW.shared["CLASSES"] == ["Classes"]
