"""The review store behind the tabs, opened when somebody first needs it."""

from __future__ import annotations

import threading

from autocompose.review.store.review_store import Store


class StoreOpener:
    """Opens a store once and hands it out.

    Args:
        url: of the store.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._store: Store | None = None
        self._lock = threading.Lock()

    def store(self, *, create: bool = False) -> Store:
        """The open store.

        Raises:
            StoreUnavailableError: it is not there yet, or cannot be opened; asked again, it is
                tried again.
        """
        with self._lock:
            if self._store is None:
                self._store = Store(self.url, create=create)
            return self._store
