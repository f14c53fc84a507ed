"""Reads what other scanners found: files of strangers, so nothing in them is trusted but addresses and numbers."""
