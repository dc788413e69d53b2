"""Ctrl-C that ends a search without loss."""

from __future__ import annotations

import signal
from types import FrameType


class Stop:
    """Lets Ctrl-C end a search after what is at hand, so that what is found is written and shown."""

    def __init__(self) -> None:
        self.wanted = False

    def __enter__(self) -> Stop:
        try:
            self._before = signal.signal(signal.SIGINT, self._note)
        except ValueError:  # not on the main thread, where no Ctrl-C arrives
            self._before = None
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.wanted = True

    def __exit__(self, *problem: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
