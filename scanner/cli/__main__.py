"""`python -m scanner.cli` is `exposure`."""

from scanner.cli.main import main

main()
