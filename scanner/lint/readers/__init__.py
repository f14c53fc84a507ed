"""One reader a kind of file; scanner.lint.reader finds them."""
