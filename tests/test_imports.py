"""Starting is quick: what is heavy is loaded where it is needed."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    *("alembic", "av", "cryptography", "cv2", "fpdf", "holidays", "nncf", "onnx", "openvino", "pydantic", "sqlalchemy"),
    *("torch", "ultralytics"),
)

LIST = "import json, sys, {name}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"

WATCH = """
import sys
from importlib.abc import MetaPathFinder

class Watch(MetaPathFinder):
    def find_spec(self, name, *_):
        assert name != "numpy" or "redact" in sys.modules

sys.meta_path.insert(0, Watch())
import {name}
assert "redact" in sys.modules
"""


@pytest.mark.parametrize("name", ["redact", "redact.records.tracks", "redact.errors", "models", "cli.main"])
def test_nothing_heavy_is_loaded_by_importing(name: str) -> None:
    """Help and errors come at once, without video or networks."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"there is no {name} yet")
    command = [sys.executable, "-c", LIST.format(name=name)]
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert sorted(set(HEAVY) & set(json.loads(done.stdout))) == []


@pytest.mark.parametrize(("set_before", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_small_matrices_are_worked_out_on_one_thread_unless_somebody_says_otherwise(
    set_before: dict[str, str], threads: str
) -> None:
    """Whoever is who does not depend on the number of cores, not even in the last bit of a cost."""
    command = [sys.executable, "-c", "import redact, os; print(os.environ['OPENBLAS_NUM_THREADS'])"]
    plain = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root, env=plain | set_before)
    assert done.stdout.strip() == threads


POOLS = """
import redact, ctypes, os, re, tempfile, threading
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
meet = threading.Barrier(8)
def some():
    libc.malloc(100_000)
    meet.wait()
threads = [threading.Thread(target=some) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with tempfile.TemporaryFile("w+") as told:
    out = ctypes.c_void_p(libc.fdopen(os.dup(told.fileno()), b"w"))
    libc.malloc_info(0, out)
    libc.fclose(out)
    told.seek(0)
    print(len(re.findall("<heap nr=", told.read())))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only GNU's library has such pools")
@pytest.mark.parametrize(("set_before", "pools"), [({}, {1, 2}), ({"MALLOC_ARENA_MAX": "5"}, {3, 4, 5})])
def test_threads_share_two_pools_of_memory_unless_somebody_says_otherwise(
    set_before: dict[str, str], pools: set[int]
) -> None:
    """What threads that have ended left behind would stay: a long copy starts some anew for each of its pieces."""
    plain = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-c", POOLS]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root, env=plain | set_before)
    assert int(done.stdout) in pools


@pytest.mark.parametrize("name", ["cli.main", "redact.review.work.worker", "redact.jobs.workers"])
def test_numpy_is_loaded_after_that_is_settled(name: str) -> None:
    """It reads the setting once, when it is loaded."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH.format(name=name)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[1],
    )
    assert done.returncode == 0, done.stderr
