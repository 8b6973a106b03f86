"""BLAKE2b, as hashlib gives it, without what hashlib loads besides.

The first `import hashlib` loads OpenSSL, which takes a tenth of a command's start.  CPython's own
random module takes its hash in the same way.
"""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # another Python
    from hashlib import blake2b

__all__ = ["blake2b"]
