"""The part of a key that has permissions: an owner, a group, and lists of who may do what."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from anyreg.backends.base import AllOrNone
from anyreg.backends.system_abilities import Naming
from anyreg.errors import NotSupportedError, SecurityError
from anyreg.registry import permissions as changes
from anyreg.registry.accounts import Accounts, Principal
from anyreg.registry.inherited_permissions import carry_down, descriptor_above
from anyreg.registry.key_tree import KeyTree
from anyreg.registry.permissions import Permissions, Secured, parsed_descriptor
from anyreg.security.access import parse_mask
from anyreg.security.check import maximum_access
from anyreg.security.descriptor import SecurityDescriptor, default_descriptor
from anyreg.security.known import NO_DOMAINS
from anyreg.security.sid import Sid
from anyreg.security.token import Token

_log: Final = logging.getLogger(__name__)


class SecuredKey(KeyTree):
    """The part of a key that has permissions."""

    _accounts: Accounts | None = None

    @property
    def accounts(self) -> Accounts:
        """The names of users and groups that the registry of this key knows."""
        top = self._top()
        if top._accounts is None:
            backend = top._backend
            naming = backend if isinstance(backend, Naming) else None
            top._accounts = Accounts(top, naming)  # type: ignore[arg-type]
        return top._accounts

    def _top(self) -> SecuredKey:
        top: SecuredKey = self
        while top._parent is not None:
            top = top._parent
        return top

    @property
    def security(self) -> Permissions:
        """The permissions; they can be set to SDDL, bytes, or the permissions of another key.

        What is set is all of them: an owner, a group and a list.  In SDDL, rights such as GA and FA
        become those of a key, as when Windows sets it.

        Raises:
            SecurityError: The stored bytes are no descriptor; or what is set is not all of one.
        """
        return Permissions(self._descriptor(), self.accounts)

    @security.setter
    def security(self, given: str | bytes | SecurityDescriptor | Permissions) -> None:
        domains = self.accounts.domains if isinstance(given, str) else NO_DOMAINS
        try:
            self.descriptor = changes.as_descriptor(given, domains)
        except SecurityError as error:
            error.path = error.path or self.path
            raise

    @property
    def owner(self) -> Principal | None:
        r"""Whom the key belongs to; as text DOMAIN\name where that is known, else the SID.

        It can be set to a SID, an alias such as "BA", or a name.
        """
        return self.security.owner

    @owner.setter
    def owner(self, who: str | Sid | Principal) -> None:
        sid = self.accounts.require_sid(who)
        self._change(lambda before: before.with_owner(sid))

    @property
    def group(self) -> Principal | None:
        """The primary group; it can be set as the owner can."""
        return self.security.group

    @group.setter
    def group(self, who: str | Sid | Principal) -> None:
        sid = self.accounts.require_sid(who)
        self._change(lambda before: before.with_group(sid))

    def grant(
        self,
        who: str | Sid | Principal,
        rights: str | int,
        *,
        inherit: bool = True,
        propagate: bool = False,
    ) -> None:
        """Allow somebody something; what the key denies the same SID itself is taken back.

        Args:
            who: A SID, an alias such as "BA", or a name.
            rights: "read", "write", "full", names of single rights, or an access mask.
            inherit: Whether keys that are made below it inherit it.
            propagate: Let the keys that are there below inherit it now.

        Raises:
            SecurityError: There is no such account or right; or the key has no list, so that
                everyone may do everything.
        """
        sid, mask = self.accounts.require_sid(who), parse_mask(rights)
        self._change(lambda before: changes.granted(before, sid, mask, inherit), propagate)

    def deny(
        self,
        who: str | Sid | Principal,
        rights: str | int,
        *,
        inherit: bool = True,
        propagate: bool = False,
    ) -> None:
        """Deny somebody something, whatever else allows it.

        Args:
            who: See grant().
            rights: See grant().
            inherit: Whether keys that are made below it inherit it.
            propagate: Let the keys that are there below inherit it now.

        Raises:
            SecurityError: See grant().
        """
        sid, mask = self.accounts.require_sid(who), parse_mask(rights)
        self._change(lambda before: changes.denied(before, sid, mask, inherit), propagate)

    def revoke(self, who: str | Sid | Principal, *, propagate: bool = False) -> None:
        """Take away all that the key itself allows or denies somebody; what it inherits stays.

        Args:
            who: See grant().
            propagate: Let the keys below inherit again what they inherit.

        Raises:
            SecurityError: There is no such account.
        """
        sid = self.accounts.require_sid(who)
        self._change(lambda before: changes.revoked(before, sid), propagate)

    def protect(self, *, keep: bool = True, propagate: bool = False) -> None:
        """Let the key inherit nothing from above any more.

        Args:
            keep: Whether what it has inherited stays as its own; else it goes.
            propagate: Let the keys below inherit again what they inherit.
        """
        self._change(lambda before: changes.protected(before, keep), propagate)

    def reset_inheritance(self, *, propagate: bool = False) -> None:
        """Let the key inherit again, and drop all that it has of its own.

        Args:
            propagate: Let the keys below inherit again what they inherit.

        Raises:
            NotSupportedError: There is no key above from which it could inherit.
        """
        parent = descriptor_above(self._backend, self.node)
        if parent is None:
            words = "there is no key above whose permissions it could inherit"
            raise NotSupportedError(words, path=self.path)
        self._change(lambda before: changes.inheriting(before, parent), propagate)

    def access_for(self, token: Token) -> int:
        """The rights that somebody has on this key, as an access mask.

        For a key without a descriptor that of a new hive's keys counts, as for one who opens it.

        Args:
            token: Who.

        Raises:
            SecurityError: The stored bytes are no descriptor.
        """
        found = parsed_descriptor(self._secured(), missing=default_descriptor())
        return maximum_access(found, token)

    def _descriptor(self) -> SecurityDescriptor:
        return parsed_descriptor(self._secured())

    def _secured(self) -> Secured:
        return self

    def _change(
        self,
        changed: Callable[[SecurityDescriptor], SecurityDescriptor],
        propagate: bool = False,
    ) -> None:
        """Give the key a descriptor that is made from its own, all or nothing."""
        with AllOrNone(self._backend):
            before = self._descriptor()
            if before.owner is None and not self.descriptor:
                words = "the key has no security descriptor: set a whole one"
                raise SecurityError(words, path=self.path)
            after = changed(before)
            if after != before:
                self.descriptor = after.build()
            count = carry_down(self._secured()) if propagate else 0
        if count and _log.isEnabledFor(logging.INFO):
            _log.info("%d keys below %r inherit again", count, self.told_path())
