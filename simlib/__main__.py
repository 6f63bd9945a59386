"""`python -m simlib` is the command line."""

import sys

from simlib.drive.cli import main

if __name__ == "__main__":
    sys.exit(main())
