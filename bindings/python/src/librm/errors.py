"""What librm raises: one exception for each status of include/rm.h, each also of the builtin kind that it resembles."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from ._lib import library, rm_status


class Error(Exception):
    """Base of all that librm raises. `status` is the rm_status of include/rm.h; the message names what is wrong."""

    status = rm_status.RM_OK


class ArgumentError(Error, ValueError):
    """A count or an option is out of range, an array has the wrong shape."""

    status = rm_status.RM_ERROR_ARGUMENT


class StructureError(Error, ValueError):
    """NaN, coincident atoms, a singular cell, too many atoms or neighbours."""

    status = rm_status.RM_ERROR_STRUCTURE


class ElementError(Error, ValueError):
    """An element that the model does not know."""

    status = rm_status.RM_ERROR_ELEMENT


class FileError(Error, OSError):
    """A path that cannot be read or written."""

    status = rm_status.RM_ERROR_FILE


class FormatError(Error, ValueError):
    """A file or text that is not what it should be; the message names the place."""

    status = rm_status.RM_ERROR_FORMAT


class CancelledError(Error, RuntimeError):
    """A callback asked to stop."""

    status = rm_status.RM_ERROR_CANCELLED


class CallbackError(Error, RuntimeError):
    """A callback returned numbers that are not finite. What a callback raises is raised itself instead."""

    status = rm_status.RM_ERROR_CALLBACK


class NumbersError(Error, ArithmeticError):
    """A result or a parameter is not finite, or training diverged."""

    status = rm_status.RM_ERROR_NUMBERS


class OutOfMemoryError(MemoryError, Error):  # in this order, or its __new__ is another than what makes it
    """More memory was needed than can be had."""

    status = rm_status.RM_ERROR_MEMORY


_KINDS: dict[int, type[Error]] = {
    kind.status: kind
    for kind in (
        ArgumentError,
        StructureError,
        ElementError,
        FileError,
        FormatError,
        CancelledError,
        CallbackError,
        NumbersError,
        OutOfMemoryError,
    )
}


def last_message() -> str:
    """The message of the last failure of a librm function on this thread."""
    message: bytes = library.rm_last_error()
    return message.decode(errors="replace")


def failure(status: int) -> Error:
    """The exception for a status, with the library's message; made right after the call that failed."""
    return _KINDS.get(status, Error)(last_message() or f"librm failed with status {status}")


def check(status: int) -> None:
    """Raises unless the status is RM_OK."""
    if status:
        raise failure(status)


class Guard:
    """Keeps what Python callbacks raise until the C call that calls them has returned, and raises it then.

    Use as `with Guard() as guard: status = library.rm_...(..., guard.wrap(prototype, function), ...)`. Once a callback
    has raised, it and all others of the guard ask the library to stop. Ctrl-C counts as raised by a callback: Python
    delivers it when a callback begins, where no `try` could catch it, and ctypes would swallow it. Therefore the guard
    takes it up itself during the call, if Python's own handler would (on the main thread only).
    """

    def __init__(self) -> None:
        self.raised: BaseException | None = None
        self._inside = False
        self._restore = False

    def wrap(self, prototype: Any, function: Callable[..., object]) -> Any:
        """A C callback that returns 1 where the function returns something true or raises, else 0."""

        def callback(*arguments: Any) -> int:
            try:
                self._inside = True
                if self.raised is not None:
                    return 1
                return 1 if function(*arguments) else 0
            except BaseException as problem:
                self.raised = problem
                return 1
            finally:
                self._inside = False

        return prototype(callback)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.raised = KeyboardInterrupt()
        if self._inside:
            raise self.raised

    def __enter__(self) -> Guard:
        self.raised = None
        if on_main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupt)
            self._restore = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._restore:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._restore = False
        if self.raised is not None:
            raised, self.raised = self.raised, None
            raise raised


def on_main_thread() -> bool:
    """Whether this is the thread that Ctrl-C interrupts."""
    return threading.current_thread() is threading.main_thread()
