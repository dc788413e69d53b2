"""Times beside the core's own rate of matrix products, so that they mean something on a machine that others use too."""

from __future__ import annotations

import ctypes
import ctypes.util
import resource
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

REFERENCE = 45.0  # GFLOP/s of double-precision matrix products, to which times are normalised


class Products:
    """The rate of double-precision matrix products of one thread, with the OpenBLAS that librm uses."""

    SIZE, REPEATS = 128, 10

    def __init__(self) -> None:
        name = ctypes.util.find_library("openblas") or "libopenblas.so.0"
        self._library = ctypes.CDLL(name)
        self._library.openblas_set_num_threads(1)
        self._a = np.ones((self.SIZE, self.SIZE))
        self._c = np.zeros((self.SIZE, self.SIZE))
        self.rates: list[float] = []
        self._run()

    def _run(self) -> None:
        n, one, a, c = self.SIZE, ctypes.c_double(1), self._a.ctypes.data, self._c.ctypes.data
        for _ in range(self.REPEATS):
            self._library.cblas_dgemm(
                101, 111, 111, n, n, n, one, ctypes.c_void_p(a), n, ctypes.c_void_p(a), n, ctypes.c_double(0),
                ctypes.c_void_p(c), n,
            )  # fmt: skip

    def rate(self) -> float:
        """GFLOP/s, by the thread's processor time."""
        start = time.thread_time()
        self._run()
        rate = 2e-9 * self.REPEATS * self.SIZE**3 / (time.thread_time() - start)
        self.rates.append(rate)
        return rate

    def cores(self) -> float:
        """How many cores the machine gives two threads just now: their processor time over the wall time."""
        other = Products.__new__(Products)
        other._library, other._a, other._c = self._library, self._a, self._c.copy()
        started = time.perf_counter(), time.process_time()
        threads = [threading.Thread(target=lambda p=p: [p._run() for _ in range(20)]) for p in (self, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (time.process_time() - started[1]) / (time.perf_counter() - started[0])


def resident(key: str) -> int:
    """Bytes of memory of this process: VmRSS now, VmHWM the most since `reset_peak`."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return 1024 * int(line.split()[1])
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def reset_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass  # the peak then includes what was before


def measure(products: Products, call: Callable[[], object], units: float, repeats: int, warm: bool = True) -> dict:
    """Medians of µs per unit: wall time, processor time of all threads, and that at 45 GFLOP/s by the rate of products
    just before and after each call; that rate; the process's largest memory and what of it is new.

    `busier` is the processor time, at 45 GFLOP/s, of the calling thread or of the others together, whichever is more.
    Where there is one other thread and both share the work, the wall time cannot be less on two cores that do nothing
    else, and is that if neither waits: work is handed out as threads ask for it."""
    if warm:
        call()
    wall, cpu, scaled, busier, rates = [], [], [], [], []
    held = resident("VmRSS")
    reset_peak()
    before = products.rate()
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time(), time.thread_time()
        call()
        own = time.thread_time() - start[2]
        wall.append(time.perf_counter() - start[0])
        cpu.append(time.process_time() - start[1])
        after = products.rate()
        rate = 2 / (1 / before + 1 / after)
        scaled.append(cpu[-1] * rate / REFERENCE)
        busier.append(max(own, cpu[-1] - own) * rate / REFERENCE)
        rates.append(rate)
        before = after
    peak = resident("VmHWM")
    scale = 1e6 / units
    return {
        "wall": statistics.median(wall) * scale,
        "cpu": statistics.median(cpu) * scale,
        "normalized": statistics.median(scaled) * scale,
        "busier": statistics.median(busier) * scale,
        "gemm": statistics.median(rates),
        "peak_memory": peak,
        "added_memory": max(0, peak - held),
    }
