"""``python -m autocompose`` and the ``autocompose`` script are this program."""

from autocompose.cli import main

if __name__ == "__main__":
    main()
