"""What Windows' own libraries are asked for where Python's calls do not do: files, and locks."""
