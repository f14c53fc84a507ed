"""The command line: one file per command, options resolved once, errors as one line."""
