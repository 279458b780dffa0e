"""Entry of the Space and of a clone: ``python app.py ...`` is ``autocompose studio ...``."""

import sys

from autocompose.cli import main

if __name__ == "__main__":
    main(["studio", *sys.argv[1:]])
