"""What the process of tests/warm.py imports before it is forked. Nothing here may start a thread.

The names are imported as text, so that no import is taken for one that is not used.
"""

import gc
import importlib
import threading

for name in (
    "autocompose.cli",
    "autocompose.evaluation.protocol",
    "autocompose.studio",
    "autocompose.training.run",
    "tests.studio_fakes",
):
    importlib.import_module(name)

assert threading.active_count() == 1
# Forked processes share the memory of what nobody writes to, and do not look through it again.
gc.freeze()
