"""As in the crash tests: what a test leaves to be flushed is not flushed during the next one."""

from crash.conftest import _no_late_flush  # noqa: F401 (a fixture for all tests here)
