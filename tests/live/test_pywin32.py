"""A program that calls pywin32 prints here what it prints with the genuine one, on Wine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from live.wine import UnavailableError, Wine

pytestmark = pytest.mark.live
STEPS = Path(__file__).with_name("pywin32_steps.py")

# Every accepted difference: what is printed here, by why.
DIFFERENCES: dict[str, dict[str, str]] = {
    "Windows knows the names of integrity levels; Wine does not.": {
        "sids: account S-1-16-4096": "('Low Mandatory Level', 'Mandatory Label', 10)",
    },
    "Windows has these numbers since Vista, says its documentation; Wine's table ends earlier.": {
        **{
            f"sids: {start}": f"PySID:{sid}"
            for name, number, sid in (
                ("WinBuiltinIUsersSid", 62, "S-1-5-32-568"),
                ("WinIUserSid", 63, "S-1-5-17"),
                ("WinBuiltinCryptoOperatorsSid", 64, "S-1-5-32-569"),
                ("WinUntrustedLabelSid", 65, "S-1-16-0"),
                ("WinWriteRestrictedCodeSid", 70, "S-1-5-33"),
                ("WinBuiltinEventLogReadersGroup", 76, "S-1-5-32-573"),
            )
            for start in (f"well-known {name} {number}", f"of domain {name}")
        },
        **{
            f"sids: of domain {name}": f"PySID:S-1-5-21-1-2-3-{number}"
            for name, number in (
                ("WinAccountReadonlyControllersSid", 521),
                ("WinCacheablePrincipalsGroupSid", 571),
                ("WinEnterpriseReadonlyControllersSid", 498),
                ("WinNonCacheablePrincipalsGroupSid", 572),
            )
        },
    },
    "Windows has these privileges since Vista, says its documentation; Wine has not.": {
        f"tokens: name of {luid}": f"'Se{name}Privilege'"
        for luid, name in (
            (31, "TrustedCredManAccess"),
            (32, "Relabel"),
            (33, "IncreaseWorkingSet"),
            (34, "TimeZone"),
            (35, "CreateSymbolicLink"),
        )
    },
    "Each part has its own right, and none is asked for, so none is needed; Wine always needs "
    "READ_CONTROL.": {
        f"permissions: {mask} may get nothing": "None None None"
        for mask in ("query", "dac", "owner")
    },
    "Windows stores rights of a key where generic ones count for it: no key of 57 real hives has "
    "any. Wine keeps them.": {
        "permissions: after generic": "PySID:S-1-5-32-544 PySID:S-1-5-18 acl ((0, 0), 983103, "
        "PySID:S-1-1-0) ((0, 10), 268435456, PySID:S-1-5-32-544)",
    },
}


def steps_of(printed: str) -> dict[str, str]:
    """What was printed of each step, by its part and its name."""
    found: dict[str, str] = {}
    part = ""
    for line in printed.splitlines():
        if line.startswith("-- "):
            part = line[3:]
            continue
        name, _, outcome = line.partition(": ")
        assert f"{part}: {name}" not in found
        found[f"{part}: {name}"] = outcome
    return found


@pytest.fixture(scope="module")
def genuine(wine: Wine) -> dict[str, str]:
    try:
        return steps_of(wine.python_with_pywin32(STEPS))
    except UnavailableError as missing:
        if "ANYREG_EXPECT_WINE" in os.environ:
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def ours() -> dict[str, str]:
    command = [sys.executable, "-m", "anyreg", "run", "--registry", "memory:", str(STEPS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return steps_of(done.stdout)


def test_each_step_comes_out_alike(genuine: dict[str, str], ours: dict[str, str]) -> None:
    """But for the differences, which must come out as they are listed, and differ."""
    known = {name: words for found in DIFFERENCES.values() for name, words in found.items()}
    calls = {name: words for name, words in ours.items() if not name.startswith("constants:")}
    wanted = {name: words for name, words in genuine.items() if not name.startswith("constants:")}
    assert len(calls) > 500
    assert calls == wanted | known
    assert not [name for name, words in known.items() if wanted[name] == words]


def test_each_number_is_the_same(genuine: dict[str, str], ours: dict[str, str]) -> None:
    """What is offered here is there too."""
    numbers = {name: words for name, words in ours.items() if name.startswith("constants:")}
    assert len(numbers) > 150
    assert numbers == {name: genuine.get(name) for name in numbers}
