"""One module for each check, each with a CHECK; `scanner.host.check.load_checks` finds them."""
