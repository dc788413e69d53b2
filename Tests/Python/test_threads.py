"""Objects used by several Python threads at once, and forked processes."""

import gc
import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from conftest import GOLDEN, golden, load, rattled

import librm

FAST = dict(stages=[dict(max_steps=60, fmax=0.05)], hops=0)


def test_one_model_many_threads():
    model, cases = load(GOLDEN[0]), golden(GOLDEN[0])["cases"]

    def work(number):
        case = cases[number % len(cases)]
        return model.evaluate(case).energy - case["energy"]

    with ThreadPoolExecutor(8) as pool:
        errors = list(pool.map(work, range(2000)))
    assert np.abs(errors).max() < 1e-11
    assert 1 <= len(model._idle) <= 8


def test_relaxations_and_searches_in_threads(organic, ethanol):
    starts = [rattled(ethanol, 0.05, seed) for seed in range(8)]
    alone = [organic.relax(atoms, max_steps=50).positions for atoms in starts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda atoms: organic.relax(atoms, max_steps=50).positions, starts))
    np.testing.assert_array_equal(alone, together)

    def search(seed):
        return [c.energy for c in organic.search("CH4", "molecules", count=2, seed=seed, **FAST)]

    one = [search(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(search, range(4))) == one


def test_messages_belong_to_their_thread(organic):
    def fail(number):
        try:
            organic.evaluate([number], [[0.0, 0.0, 0.0]])
        except librm.ElementError as problem:
            return str(problem)
        return ""

    numbers = [20, 26, 47, 79] * 50
    wanted = {number: fail(number) for number in set(numbers)}
    assert len(set(wanted.values())) == 4
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fail, numbers)) == [wanted[number] for number in numbers]


def test_the_interpreter_runs_on_while_the_library_works(organic):
    """ctypes lets go of the interpreter lock: this thread counts while another one searches."""
    done = threading.Event()

    def search():
        organic.search("C4H10", "molecules", count=20, **FAST)
        done.set()

    thread = threading.Thread(target=search)
    thread.start()
    turns = 0
    while not done.wait(0.001):
        turns += 1
    thread.join()
    assert turns > 3


def test_handles_are_freed():
    """Memory does not grow with models and workspaces that come and go."""

    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cycle(times):
        for _ in range(times):
            model = load(GOLDEN[2])
            model.evaluate([6, 1], [[0.0, 0, 0], [1.0, 0, 0]])
        gc.collect()

    cycle(50)
    before = resident()
    cycle(300)
    assert resident() - before < 20e6


def in_child(queue):
    model, case = load(GOLDEN[0]), golden(GOLDEN[0])["cases"][-1]
    queue.put(model.evaluate_batch([case] * 4, threads=2)[0].energy - case["energy"])


def test_fork_after_use(organic, ethanol):
    """A process that has used threads can fork, and the child can use the library."""
    organic.evaluate_batch([ethanol] * 8, threads=2)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=in_child, args=(queue,))
    child.start()
    assert abs(queue.get(timeout=60)) < 1e-11
    child.join(60)
    assert child.exitcode == 0
