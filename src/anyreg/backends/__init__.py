"""The worlds a registry can live in, each behind the same few verbs."""
