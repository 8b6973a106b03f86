r"""The pytest plugin of anyreg: a registry for each test of a program that uses winreg.

    def test_settings(registry):
        registry.fill({r"HKCU\Software\Vendor": {"Retries": 5}})
        program.main()                                        # says `import winreg`
        registry.assert_changes({r"HKCU\Software\Vendor": {"Retries": 6, "Old": None}})

Every pytest run loads this module where anyreg is installed, also of projects that know nothing of
it.  So nothing of anyreg is imported here before a test asks for the fixture, or the configuration
for winreg; and the fixture can be given another name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from anyreg.testing import TestRegistry

_IS_USED: Final = pytest.StashKey[bool]()


def registry(request: pytest.FixtureRequest) -> Iterator[TestRegistry]:
    """A new registry in memory that winreg speaks to, for this test alone.

    It holds what a registry of one's own holds at first.
    """
    from anyreg.testing import TestRegistry, spoken_to

    request.node.stash[_IS_USED] = True
    made = TestRegistry()
    with made, spoken_to(made):
        yield made


def pytest_addoption(parser: pytest.Parser) -> None:
    """The lines for pytest's configuration, and the option."""
    parser.addini(
        "winreg", "have anyreg's winreg installed for the whole run", type="bool", default=False
    )
    name = "the name of anyreg's fixture, `registry` by default"
    parser.addini("anyreg_fixture", name, default="registry")
    parser.getgroup("anyreg").addoption("--anyreg-fixture", metavar="NAME", help=name)


def pytest_configure(config: pytest.Config) -> None:
    """Offer the fixture; install winreg, if asked to, before any module of the tests is imported.

    Raises:
        pytest.UsageError: The fixture cannot have the name that it is to have.
    """
    name = config.getoption("anyreg_fixture") or config.getini("anyreg_fixture")
    if not name.isidentifier():
        raise pytest.UsageError(f"anyreg_fixture = {name}: expected a name as of a function")
    fixtures = ModuleType("anyreg_fixture")
    setattr(fixtures, name, pytest.fixture(name=name)(registry))
    config.pluginmanager.register(fixtures, fixtures.__name__)
    if config.getini("winreg"):
        import anyreg
        from anyreg.testing import spoken_to

        stack = ExitStack()
        config.add_cleanup(stack.close)
        stack.enter_context(spoken_to(stack.enter_context(anyreg.open("memory:"))))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Let a failure show the program's lines, not those of anyreg that it has called."""
    is_used = _IS_USED in item.stash or item.config.getini("winreg")
    if call.excinfo is None or item.config.getoption("fulltrace") or not is_used:
        return
    error: BaseException | None = call.excinfo.value
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = _theirs(error.__traceback__)
        error = error.__cause__ or error.__context__
    if call.excinfo.value.__traceback__ is not None:
        call.excinfo = pytest.ExceptionInfo.from_exception(call.excinfo.value)


def _theirs(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames of anyreg."""
    kept: list[TracebackType] = []
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] not in (
            "anyreg",
            __name__,
        ):
            kept.append(trace)
        trace = trace.tb_next
    rest: TracebackType | None = None
    for each in reversed(kept):
        rest = TracebackType(rest, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return rest
