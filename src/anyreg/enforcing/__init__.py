"""A registry as somebody may use it."""
