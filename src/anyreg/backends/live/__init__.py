"""The registry of the Windows that is running, by the functions of Windows."""
