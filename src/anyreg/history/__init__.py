"""The history of hives: what each commit changed, kept so that it can be taken back."""
