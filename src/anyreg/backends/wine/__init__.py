"""A prefix of Wine: the registry that Wine's programs see, kept in three text files."""
