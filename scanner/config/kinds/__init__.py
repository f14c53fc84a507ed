"""One module for each kind of file; `scanner.config.kind.load_kinds` finds them."""
