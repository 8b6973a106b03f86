"""The hash that histories are made of."""

from __future__ import annotations

import hashlib

from anyreg.history.digests import blake2b


def test_it_is_the_one_that_hashlib_gives() -> None:
    """Also in pieces, and of any size."""
    for size in (12, 16, 64):
        digest = blake2b(digest_size=size)
        digest.update(b"one")
        digest.update(b"two")
        assert digest.hexdigest() == hashlib.blake2b(b"onetwo", digest_size=size).hexdigest()
