"""The pytest plugin: a registry for each test of a program that uses winreg."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

import anyreg
from anyreg import winreg
from anyreg.errors import RegFileError
from anyreg.registry.current import current
from anyreg.testing import TestRegistry

pytest_plugins = ["pytester"]

PATH = r"HKCU\Software\Vendor"
FULL = r"HKEY_CURRENT_USER\Software\Vendor"


def test_winreg_is_ours_and_speaks_to_it(registry: TestRegistry) -> None:
    """Whatever says `import winreg` while the test runs."""
    assert sys.modules["winreg"] is winreg
    assert current() is registry
    winreg.SetValue(winreg.HKEY_CURRENT_USER, r"Software\Vendor", winreg.REG_SZ, "x")
    registry.assert_value(PATH, "", "x")


def test_it_is_filled_from_a_dict(registry: TestRegistry) -> None:
    """Values, subkeys among them, and keys that hold nothing."""
    registry.fill({PATH: {"Name": "x", "Sub": {"Count": 1}}, r"HKLM\SOFTWARE\Empty": {}})
    registry.assert_value(PATH, "name", "x")
    registry.assert_value(PATH + r"\Sub", "Count", 1)
    assert registry.open(r"HKLM\Software\Empty").info().values == 0
    registry.assert_unchanged()


def test_it_is_filled_from_the_text_of_a_reg_file(registry: TestRegistry) -> None:
    """With or without the first line."""
    registry.fill(f'[{FULL}]\n"Name"="x"\n"Count"=dword:00000005\n')
    registry.fill(f'Windows Registry Editor Version 5.00\n\n[{FULL}]\n"Name"="y"\n')
    registry.assert_value(PATH, "Name", "y")
    registry.assert_value(PATH, "Count", 5)
    with pytest.raises(RegFileError):
        registry.fill("[")


def test_a_failed_filling_leaves_nothing(registry: TestRegistry) -> None:
    """It is one transaction."""
    with pytest.raises(TypeError):
        registry.fill({PATH: {"Good": 1, "Bad": object()}})
    registry.assert_missing(PATH)


def test_changes_are_told_once(registry: TestRegistry) -> None:
    """Under the names that programs use, whatever way they were made."""
    registry.fill({PATH: {"Kept": 1, "Set": 1, "Gone": 1}})
    registry.write(PATH, "Set", 2)
    registry.open(PATH).delete_value("Gone")
    registry.write(r"HKCR\.new", "", "x")
    registry.write(r"HKCU\Software\Classes\.own", "", "y")
    told = [(change.kind, change.path, change.name) for change in registry.changes()]
    assert told == [
        ("added", r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\.new", None),
        ("added", r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\.new", ""),
        ("removed", FULL, "Gone"),
        ("changed", FULL, "Set"),
        ("added", r"HKEY_CURRENT_USER\Software\Classes\.own", None),
        ("added", r"HKEY_CURRENT_USER\Software\Classes\.own", ""),
    ]


def test_asserting_changes(registry: TestRegistry) -> None:
    """All of them, with what they came to."""
    registry.fill({PATH: {"Set": 1, "Gone": 1}, PATH + r"\Old": {"x": 1}})
    registry.write(PATH, "Set", 2)
    registry.open(PATH).delete_value("Gone")
    registry.open(PATH).delete("Old", recursive=True)
    registry.create(PATH + r"\New")
    expected = {
        r"hkcu\SOFTWARE\vendor": {"Set": 2, "Gone": None},
        PATH + r"\Old": None,
        PATH + r"\New": {},
    }
    registry.assert_changes(expected)
    with pytest.raises(AssertionError):
        registry.assert_changes({**expected, PATH + r"\More": {}})
    with pytest.raises(AssertionError):
        registry.assert_changes({})


def test_assertions_that_fail(registry: TestRegistry) -> None:
    """They say what is wrong."""
    registry.fill({PATH: {"Name": "x"}})
    with pytest.raises(AssertionError, match="no value 'None'"):
        registry.assert_value(PATH, "None", "x")
    with pytest.raises(AssertionError):
        registry.assert_value(PATH, "Name", "y")
    with pytest.raises(AssertionError, match="there is a value"):
        registry.assert_missing(PATH, "Name")
    with pytest.raises(AssertionError, match="there is a key"):
        registry.assert_missing(PATH)
    registry.assert_missing(PATH, "Other")
    registry.write(PATH, "Name", "z")
    with pytest.raises(AssertionError, match=r"changed HKEY_CURRENT_USER\\Software\\Vendor Name"):
        registry.assert_unchanged()


@pytest.fixture
def own() -> Iterator[anyreg.Registry]:
    """A registry that was chosen before."""
    with anyreg.open("memory:") as own:
        chosen = anyreg.use(own)
        yield own
        anyreg.use(chosen.before)


PROGRAM = """
    import winreg

    def main():
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, "Software\\\\Vendor") as key:
            winreg.SetValueEx(key, "Runs", 0, winreg.REG_DWORD, 1)
"""
TESTS = r"""
    import sys
    import pytest
    import program

    @pytest.mark.parametrize("run", [1, 2])
    def test_program(registry, run):
        program.main()
        registry.assert_changes({r"HKCU\Software\Vendor": {"Runs": 1}})

    def test_other():
        assert "winreg" in sys.modules
"""


def test_a_project_with_import_winreg_is_tested(pytester: pytest.Pytester) -> None:
    """One line of configuration; each test has a registry of its own."""
    pytester.makeini("[pytest]\nwinreg = true\n")
    pytester.makepyfile(program=PROGRAM, test_program=TESTS)
    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_without_the_line_winreg_is_there_with_the_fixture_only(pytester: pytest.Pytester) -> None:
    """No other test of a run meets a winreg where its system has none."""
    pytester.makepyfile(
        """
        import sys

        def test_with(registry):
            import winreg
            assert winreg.__name__ == "anyreg.winreg"

        def test_without():
            assert "winreg" not in sys.modules
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_what_was_chosen_before_is_chosen_again(
    own: anyreg.Registry, request: pytest.FixtureRequest
) -> None:
    """A test can have the fixture in the midst of others."""
    assert current() is own
    registry = request.getfixturevalue("registry")
    assert current() is registry
