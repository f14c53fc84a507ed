"""Runs the command line in a namespace of its own: python -m tests.lab.scanning ARGUMENT...

With JUMPING set to seconds, the clock jumps whenever nothing happens for so long: for tests in which nobody answers.
"""

import asyncio
import os

from scanner.cli.main import main
from tests.support.jumping import run

if __name__ == "__main__":
    if quiet := os.environ.get("JUMPING"):
        asyncio.run = lambda coroutine: run(coroutine, float(quiet))
    main()
