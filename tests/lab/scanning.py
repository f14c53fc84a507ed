"""Runs the command line in a namespace of its own: python -m tests.lab.scanning ARGUMENT..."""

from scanner.cli.main import main

if __name__ == "__main__":
    main()
