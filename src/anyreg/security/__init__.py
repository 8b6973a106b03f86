"""Security identifiers and descriptors: pure functions over bytes."""
