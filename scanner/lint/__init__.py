"""Judges files before a deploy: which doors they open to strangers, as far as the files themselves tell."""
