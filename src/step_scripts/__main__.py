"""``python -m step_scripts`` does the same as the command ``step-scripts``."""

import sys

from step_scripts.cli import main

if __name__ == "__main__":
    sys.exit(main())
