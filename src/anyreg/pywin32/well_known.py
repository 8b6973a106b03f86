"""The numbers of WELL_KNOWN_SID_TYPE, and what they stand for.

Source: Microsoft's documentation of the enumeration.
"""

from __future__ import annotations

from typing import Final

from anyreg.security.sid import Sid

_FIXED: Final = {
    "WinNullSid": (0, "S-1-0-0"),
    "WinWorldSid": (1, "S-1-1-0"),
    "WinLocalSid": (2, "S-1-2-0"),
    "WinCreatorOwnerSid": (3, "S-1-3-0"),
    "WinCreatorGroupSid": (4, "S-1-3-1"),
    "WinCreatorOwnerServerSid": (5, "S-1-3-2"),
    "WinCreatorGroupServerSid": (6, "S-1-3-3"),
    "WinNtAuthoritySid": (7, "S-1-5"),
    "WinDialupSid": (8, "S-1-5-1"),
    "WinNetworkSid": (9, "S-1-5-2"),
    "WinBatchSid": (10, "S-1-5-3"),
    "WinInteractiveSid": (11, "S-1-5-4"),
    "WinServiceSid": (12, "S-1-5-6"),
    "WinAnonymousSid": (13, "S-1-5-7"),
    "WinProxySid": (14, "S-1-5-8"),
    "WinEnterpriseControllersSid": (15, "S-1-5-9"),
    "WinSelfSid": (16, "S-1-5-10"),
    "WinAuthenticatedUserSid": (17, "S-1-5-11"),
    "WinRestrictedCodeSid": (18, "S-1-5-12"),
    "WinTerminalServerSid": (19, "S-1-5-13"),
    "WinRemoteLogonIdSid": (20, "S-1-5-14"),
    "WinLogonIdsSid": (21, "S-1-5-5-0-0"),
    "WinLocalSystemSid": (22, "S-1-5-18"),
    "WinLocalServiceSid": (23, "S-1-5-19"),
    "WinNetworkServiceSid": (24, "S-1-5-20"),
    "WinBuiltinDomainSid": (25, "S-1-5-32"),
    "WinBuiltinAdministratorsSid": (26, "S-1-5-32-544"),
    "WinBuiltinUsersSid": (27, "S-1-5-32-545"),
    "WinBuiltinGuestsSid": (28, "S-1-5-32-546"),
    "WinBuiltinPowerUsersSid": (29, "S-1-5-32-547"),
    "WinBuiltinAccountOperatorsSid": (30, "S-1-5-32-548"),
    "WinBuiltinSystemOperatorsSid": (31, "S-1-5-32-549"),
    "WinBuiltinPrintOperatorsSid": (32, "S-1-5-32-550"),
    "WinBuiltinBackupOperatorsSid": (33, "S-1-5-32-551"),
    "WinBuiltinReplicatorSid": (34, "S-1-5-32-552"),
    "WinBuiltinPreWindows2000CompatibleAccessSid": (35, "S-1-5-32-554"),
    "WinBuiltinRemoteDesktopUsersSid": (36, "S-1-5-32-555"),
    "WinBuiltinNetworkConfigurationOperatorsSid": (37, "S-1-5-32-556"),
    "WinNTLMAuthenticationSid": (51, "S-1-5-64-10"),
    "WinDigestAuthenticationSid": (52, "S-1-5-64-21"),
    "WinSChannelAuthenticationSid": (53, "S-1-5-64-14"),
    "WinThisOrganizationSid": (54, "S-1-5-15"),
    "WinOtherOrganizationSid": (55, "S-1-5-1000"),
    "WinBuiltinIncomingForestTrustBuildersSid": (56, "S-1-5-32-557"),
    "WinBuiltinPerfMonitoringUsersSid": (57, "S-1-5-32-558"),
    "WinBuiltinPerfLoggingUsersSid": (58, "S-1-5-32-559"),
    "WinBuiltinAuthorizationAccessSid": (59, "S-1-5-32-560"),
    "WinBuiltinTerminalServerLicenseServersSid": (60, "S-1-5-32-561"),
    "WinBuiltinDCOMUsersSid": (61, "S-1-5-32-562"),
    "WinBuiltinIUsersSid": (62, "S-1-5-32-568"),
    "WinIUserSid": (63, "S-1-5-17"),
    "WinBuiltinCryptoOperatorsSid": (64, "S-1-5-32-569"),
    "WinUntrustedLabelSid": (65, "S-1-16-0"),
    "WinLowLabelSid": (66, "S-1-16-4096"),
    "WinMediumLabelSid": (67, "S-1-16-8192"),
    "WinHighLabelSid": (68, "S-1-16-12288"),
    "WinSystemLabelSid": (69, "S-1-16-16384"),
    "WinWriteRestrictedCodeSid": (70, "S-1-5-33"),
    "WinCreatorOwnerRightsSid": (71, "S-1-3-4"),
    "WinBuiltinEventLogReadersGroup": (76, "S-1-5-32-573"),
}
_BELOW_DOMAIN: Final = {
    "WinAccountAdministratorSid": (38, 500),
    "WinAccountGuestSid": (39, 501),
    "WinAccountKrbtgtSid": (40, 502),
    "WinAccountDomainAdminsSid": (41, 512),
    "WinAccountDomainUsersSid": (42, 513),
    "WinAccountDomainGuestsSid": (43, 514),
    "WinAccountComputersSid": (44, 515),
    "WinAccountControllersSid": (45, 516),
    "WinAccountCertAdminsSid": (46, 517),
    "WinAccountSchemaAdminsSid": (47, 518),
    "WinAccountEnterpriseAdminsSid": (48, 519),
    "WinAccountPolicyAdminsSid": (49, 520),
    "WinAccountRasAndIasServersSid": (50, 553),
    "WinCacheablePrincipalsGroupSid": (72, 571),
    "WinNonCacheablePrincipalsGroupSid": (73, 572),
    "WinEnterpriseReadonlyControllersSid": (74, 498),
    "WinAccountReadonlyControllersSid": (75, 521),
}
NUMBERS: Final = {name: number for name, (number, _) in (_FIXED | _BELOW_DOMAIN).items()}
"""The numbers by name."""

_SIDS: Final = dict(_FIXED.values())
_RIDS: Final = dict(_BELOW_DOMAIN.values())


def well_known_sid(number: int, domain: Sid | None = None) -> Sid | None:
    """The SID that a number stands for.

    Args:
        number: One of NUMBERS.
        domain: The domain or machine that accounts are below.

    Returns:
        The SID; None where the number stands for none, or for none without a domain.
    """
    fixed = _SIDS.get(number)
    if fixed is not None:
        return Sid.parse(fixed)
    rid = _RIDS.get(number)
    return None if rid is None or domain is None else domain.child(rid)
