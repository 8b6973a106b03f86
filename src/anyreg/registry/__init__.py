"""The public objects: Registry, Key, and what is built on them."""
