"""What smbprotocol, pyspnego and libkrb5 raise becomes errors of this package, and in time.

The texts are theirs, as real ones have come; `test_kerberos` gets them from a KDC.
"""

from __future__ import annotations

import threading
import time

import pytest

from anyreg import AccessDeniedError, NotSupportedError, RemoteError
from anyreg.backends.remote.failures import failure
from anyreg.backends.remote.in_time import in_time

exceptions = pytest.importorskip("smbprotocol.exceptions")
SPNEGO = (
    "SpnegoError (4294967295): Major (851968): Unspecified GSS failure.  Minor code may provide"
    " more information, Minor ({code}): {words}, Context: Processing security token"
)


class Krb5Error(Exception):
    """As that of the package krb5."""

    def __init__(self, words: str, err_code: int) -> None:
        super().__init__(f"{words} {err_code}")
        self.err_code = err_code


def made(error: Exception, protocol: str = "kerberos") -> Exception:
    """The error that somebody gets."""
    return failure(error, "logging on", "server", protocol)


def refused(code: int, words: str) -> Exception:
    """An error of GSSAPI, as smbprotocol passes it on."""
    error: Exception = exceptions.SMBAuthenticationError("Failed to authenticate with server")
    error.__cause__ = Exception(SPNEGO.format(code=code, words=words))
    return error


@pytest.mark.parametrize(
    ("code", "winerror", "advice"),
    [
        (2529638944, 1326, "kinit"),
        (2529639053, 1326, "kinit"),
        (2529638919, 1326, "not by an address"),
        (2529638949, 1398, "set the clock"),
    ],
    ids=["expired", "none", "address", "clock"],
)
def test_an_error_of_gssapi_says_what_to_do(code: int, winerror: int, advice: str) -> None:
    """With the words of libkrb5 in front."""
    error = made(refused(code, "what libkrb5 says"))
    assert isinstance(error, AccessDeniedError)
    assert error.winerror == winerror
    assert "what libkrb5 says; " in str(error)
    assert advice in str(error)


def test_where_a_password_may_do_it_is_named_too() -> None:
    """Unless only Kerberos is wanted."""
    error = refused(2529639053, "No Kerberos credentials available")
    assert "NTLM_USER_FILE" in str(made(error, "negotiate"))
    assert "NTLM_USER_FILE" not in str(made(error))


def test_a_code_without_words_is_told_by_the_general_ones() -> None:
    """As of credentials that have expired."""
    error = refused(100001, "Success")
    assert "Unspecified GSS failure" in str(made(error))


def test_an_error_of_libkrb5_is_told_without_its_number() -> None:
    """No KDC that answers is no matter of rights."""
    wrong = made(Krb5Error("Decrypt integrity check failed", -1765328353))
    assert isinstance(wrong, AccessDeniedError)
    assert "failed; the name of the user or the password is wrong" in str(wrong)
    none = made(Krb5Error("Cannot contact any KDC for realm 'R'", -1765328228))
    assert isinstance(none, RemoteError)
    assert "realm 'R'; see krb5.conf" in str(none)


def test_a_missing_package_is_named() -> None:
    """As the extra that it is of."""
    error = made(ImportError("GSSAPIProxy requires the Python gssapi library"))
    assert isinstance(error, NotSupportedError)
    assert "anyreg[kerberos]" in str(error)


def test_what_nothing_ends_is_not_waited_for() -> None:
    """The connection is cut, and who waits goes on."""
    end, cuts = threading.Event(), threading.Event()
    begin = time.monotonic()
    with pytest.raises(TimeoutError, match="KDC"):
        in_time(lambda: end.wait(60), 0.01, cuts.set)
    assert time.monotonic() - begin < 30
    assert cuts.is_set()
    end.set()


def test_what_a_cut_ends_is_only_late() -> None:
    """So no KDC is blamed."""
    cut = threading.Event()
    with pytest.raises(TimeoutError, match=r"0\.01 seconds$"):
        in_time(lambda: cut.wait(60), 0.01, cut.set)


def test_what_is_done_in_time_is_given_as_it_is() -> None:
    """A result, or an error, also one that is a TimeoutError itself."""

    def fail() -> None:
        raise TimeoutError("its own")

    assert in_time(lambda: 7, 60, lambda: None) == 7
    with pytest.raises(TimeoutError, match="its own"):
        in_time(fail, 60, lambda: None)
