"""Scans again and again, and tells people what changed: each change once, and when it can't look."""
