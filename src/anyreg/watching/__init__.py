"""What has changed, as it changes: the subscription to a key that every kind of watch stands on."""
