"""Privileges by their names and numbers, as Windows has them on every machine.

Source: Microsoft's documentation of privilege constants; numbers and names as a genuine pywin32
gives them.
"""

from __future__ import annotations

from typing import Final

_CONSTANTS: Final = {  # those that win32con has, in the order of their numbers, which begin at 2
    "SE_CREATE_TOKEN_NAME": "SeCreateTokenPrivilege",
    "SE_ASSIGNPRIMARYTOKEN_NAME": "SeAssignPrimaryTokenPrivilege",
    "SE_LOCK_MEMORY_NAME": "SeLockMemoryPrivilege",
    "SE_INCREASE_QUOTA_NAME": "SeIncreaseQuotaPrivilege",
    "SE_MACHINE_ACCOUNT_NAME": "SeMachineAccountPrivilege",
    "SE_TCB_NAME": "SeTcbPrivilege",
    "SE_SECURITY_NAME": "SeSecurityPrivilege",
    "SE_TAKE_OWNERSHIP_NAME": "SeTakeOwnershipPrivilege",
    "SE_LOAD_DRIVER_NAME": "SeLoadDriverPrivilege",
    "SE_SYSTEM_PROFILE_NAME": "SeSystemProfilePrivilege",
    "SE_SYSTEMTIME_NAME": "SeSystemtimePrivilege",
    "SE_PROF_SINGLE_PROCESS_NAME": "SeProfileSingleProcessPrivilege",
    "SE_INC_BASE_PRIORITY_NAME": "SeIncreaseBasePriorityPrivilege",
    "SE_CREATE_PAGEFILE_NAME": "SeCreatePagefilePrivilege",
    "SE_CREATE_PERMANENT_NAME": "SeCreatePermanentPrivilege",
    "SE_BACKUP_NAME": "SeBackupPrivilege",
    "SE_RESTORE_NAME": "SeRestorePrivilege",
    "SE_SHUTDOWN_NAME": "SeShutdownPrivilege",
    "SE_DEBUG_NAME": "SeDebugPrivilege",
    "SE_AUDIT_NAME": "SeAuditPrivilege",
    "SE_SYSTEM_ENVIRONMENT_NAME": "SeSystemEnvironmentPrivilege",
    "SE_CHANGE_NOTIFY_NAME": "SeChangeNotifyPrivilege",
    "SE_REMOTE_SHUTDOWN_NAME": "SeRemoteShutdownPrivilege",
}
_NEWER: Final = {  # than win32con's table
    "SE_UNDOCK_NAME": "SeUndockPrivilege",
    "SE_SYNC_AGENT_NAME": "SeSyncAgentPrivilege",
    "SE_ENABLE_DELEGATION_NAME": "SeEnableDelegationPrivilege",
    "SE_MANAGE_VOLUME_NAME": "SeManageVolumePrivilege",
    "SE_IMPERSONATE_NAME": "SeImpersonatePrivilege",
    "SE_CREATE_GLOBAL_NAME": "SeCreateGlobalPrivilege",
    "SE_TRUSTED_CREDMAN_ACCESS_NAME": "SeTrustedCredManAccessPrivilege",
    "SE_RELABEL_NAME": "SeRelabelPrivilege",
    "SE_INC_WORKING_SET_NAME": "SeIncreaseWorkingSetPrivilege",
    "SE_TIME_ZONE_NAME": "SeTimeZonePrivilege",
    "SE_CREATE_SYMBOLIC_LINK_NAME": "SeCreateSymbolicLinkPrivilege",
}
_FIRST: Final = 2

OLD_NAMES: Final = _CONSTANTS
"""The constants of all modules that have privileges."""
NAMES: Final = _CONSTANTS | _NEWER
"""The constants of win32security."""
LUIDS: Final = {name: number for number, name in enumerate(NAMES.values(), _FIRST)}
"""The numbers of privileges."""
EVERYBODYS: Final = "SeChangeNotifyPrivilege"
"""What every token holds."""
OF_NO_ADMINISTRATOR: Final = frozenset(
    NAMES[f"SE_{word}_NAME"]
    for word in (
        "CREATE_TOKEN",
        "ASSIGNPRIMARYTOKEN",
        "LOCK_MEMORY",
        "MACHINE_ACCOUNT",
        "TCB",
        "CREATE_PERMANENT",
        "AUDIT",
        "SYNC_AGENT",
        "ENABLE_DELEGATION",
        "TRUSTED_CREDMAN_ACCESS",
    )
)
"""What Windows gives no administrator unasked."""
