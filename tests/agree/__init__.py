"""Others read what we write: after random edits, on real hives, while the hive is dirty."""
