"""The Windows registry put together from hives: one namespace with mounts, links and views."""
