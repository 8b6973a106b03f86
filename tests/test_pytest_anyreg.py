"""The pytest plugin: a registry for each test, and nothing where no test asks for it."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator

import pytest

import anyreg
from anyreg import winreg
from anyreg.registry.current_registry import current
from anyreg.testing import TestRegistry

pytest_plugins = ["pytester"]


def test_winreg_is_ours_and_speaks_to_it(registry: TestRegistry) -> None:
    """Whatever says `import winreg` while the test runs."""
    assert sys.modules["winreg"] is winreg
    assert current() is registry
    winreg.SetValue(winreg.HKEY_CURRENT_USER, r"Software\Vendor", winreg.REG_SZ, "x")
    registry.assert_value(r"HKCU\Software\Vendor", "", "x")


LOADED = """
    def loaded():
        import sys
        return [name for name in sys.modules if name.split(".")[0] in ("anyreg", "winreg")]
"""


def test_nothing_is_there_before_a_test_asks_and_no_winreg_behind_it(
    pytester: pytest.Pytester,
) -> None:
    """Most runs of pytest have nothing to do with anyreg, and most tests of the others."""
    pytester.makeconftest(LOADED)
    pytester.makepyfile(
        """
        import sys
        from conftest import loaded

        def test_before():
            assert not loaded()

        def test_with(registry):
            assert loaded()
            import winreg
            assert winreg.__name__ == "anyreg.winreg"

        def test_behind():
            assert "winreg" not in sys.modules
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_a_project_with_a_fixture_of_this_name_keeps_it(pytester: pytest.Pytester) -> None:
    """Its own one wins, and anyreg is not even loaded."""
    own = """
    import pytest

    @pytest.fixture
    def registry():
        return {"own": "registry"}
    """
    pytester.makeconftest(LOADED + own)
    pytester.makepyfile(
        """
        from conftest import loaded

        def test(registry):
            assert registry == {"own": "registry"}
            assert not loaded()
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


NAMED = """
    from anyreg.testing import TestRegistry

    def test_it(windows_registry):
        assert isinstance(windows_registry, TestRegistry)

    def test_the_usual_name(registry):
        pass
"""


def test_the_fixture_can_have_another_name(pytester: pytest.Pytester) -> None:
    """By the configuration, or by an option, which wins; the usual name is free then."""
    pytester.makepyfile(NAMED)
    result = pytester.runpytest_inprocess("--anyreg-fixture=windows_registry")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*fixture 'registry' not found*"])
    pytester.makeini("[pytest]\nanyreg_fixture = windows_registry\n")
    pytester.runpytest_inprocess().assert_outcomes(passed=1, errors=1)
    pytester.runpytest_inprocess("--anyreg-fixture=registry").assert_outcomes(passed=1, errors=1)


def test_a_name_that_no_test_could_ask_for_is_refused(pytester: pytest.Pytester) -> None:
    """In one line, before anything runs."""
    result = pytester.runpytest_inprocess("--anyreg-fixture=windows-registry")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: anyreg_fixture = windows-registry: expected a name*"])


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
    pytester.runpytest_inprocess().assert_outcomes(passed=3)


def test_what_was_chosen_before_is_chosen_again(
    own: anyreg.Registry, request: pytest.FixtureRequest
) -> None:
    """A test can have the fixture in the midst of others."""
    assert current() is own
    registry = request.getfixturevalue("registry")
    assert current() is registry


BROKEN = """
    import winreg

    def read():
        return winreg.OpenKey(winreg.HKEY_CURRENT_USER, "None")

    def write():
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, "New") as key:
            winreg.SetValueEx(key, "x", 0, winreg.REG_DWORD, "no number")
"""
BROKEN_TESTS = r"""
    import broken

    def test_read(registry):
        broken.read()

    def test_write(registry):
        broken.write()

    def test_changes(registry):
        registry.assert_changes({r"HKCU\Software\None": {}})

    def test_fill(registry):
        registry.fill({r"HKCU\X": {"x": object()}})
"""


def test_failures_show_the_lines_of_the_program(pytester: pytest.Pytester) -> None:
    """Not those of anyreg that it has called; all of them when they are asked for."""
    pytester.makeini("[pytest]\nwinreg = true\n")
    pytester.makepyfile(broken=BROKEN, test_broken=BROKEN_TESTS)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=4)
    shown = str(result.stdout)
    assert "broken.py:4: " in shown
    assert "broken.py:8: ValueError" in shown
    assert "test_broken.py:10: AssertionError" in shown
    assert "test_broken.py:13: TypeError" in shown
    assert "registry was changed otherwise" in shown
    for ours in (
        "anyreg/testing/",
        "pytest_anyreg.py",
        "anyreg/winapi",
        "anyreg/winreg.py",
        "anyreg/registry",
    ):
        assert ours not in shown
    whole = str(pytester.runpytest_inprocess("--full-trace").stdout)
    assert "anyreg/winreg.py" in whole


def test_what_the_line_installs_is_gone_behind_the_run(
    pytester: pytest.Pytester, own: anyreg.Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run in the same process leaves nothing behind."""
    monkeypatch.delitem(sys.modules, "winreg", raising=False)
    monkeypatch.delattr(builtins, "WindowsError", raising=False)
    pytester.makeini("[pytest]\nwinreg = true\n")
    pytester.makepyfile("def test(): import winreg; assert WindowsError is OSError")
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    assert "winreg" not in sys.modules
    assert not hasattr(builtins, "WindowsError")
    assert current() is own


def test_windows_error_is_there_with_the_fixture(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """As on Windows, whatever was there before."""
    monkeypatch.delattr(builtins, "WindowsError", raising=False)
    request.getfixturevalue("registry")
    assert vars(builtins)["WindowsError"] is OSError
