"""A registry for tests of programs that use winreg, on any system."""

from anyreg.testing.denials import Denial, UserRegistry
from anyreg.testing.differences import Contents
from anyreg.testing.registry import TestRegistry
from anyreg.testing.speaking import spoken_to

__all__ = ["Contents", "Denial", "TestRegistry", "UserRegistry", "spoken_to"]
