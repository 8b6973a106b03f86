"""pywintypes, as far as it is for registries: the classes of objects, and the error."""

from __future__ import annotations

from datetime import datetime

from anyreg.pywin32.acl_objects import PyACL
from anyreg.pywin32.descriptor_objects import PySECURITY_ATTRIBUTES, PySECURITY_DESCRIPTOR
from anyreg.pywin32.failures import error
from anyreg.pywin32.handle_objects import PyHANDLE
from anyreg.pywin32.sid_objects import PySID

ACL = ACLType = PyACL
HANDLE = HANDLEType = HKEY = PyHANDLE
SECURITY_ATTRIBUTES = SECURITY_ATTRIBUTESType = PySECURITY_ATTRIBUTES
SECURITY_DESCRIPTOR = SECURITY_DESCRIPTORType = PySECURITY_DESCRIPTOR
SID = SIDType = PySID
TimeType = datetime

__all__ = [
    "ACL",
    "HANDLE",
    "HKEY",
    "SECURITY_ATTRIBUTES",
    "SECURITY_DESCRIPTOR",
    "SID",
    "ACLType",
    "HANDLEType",
    "SECURITY_ATTRIBUTESType",
    "SECURITY_DESCRIPTORType",
    "SIDType",
    "TimeType",
    "error",
]
