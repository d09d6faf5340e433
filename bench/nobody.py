"""Import it first: settings, state and cache of nobody, so that no bench measures what somebody has left."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "REWIRE_BENCH_HOME" not in os.environ:  # else a process of a bench, which shares it
    os.environ["REWIRE_BENCH_HOME"] = home = tempfile.mkdtemp(prefix="rewire-bench-")
    for kind in ("CONFIG", "STATE", "DATA", "CACHE"):
        os.environ[f"XDG_{kind}_HOME"] = os.path.join(home, kind.lower())
    atexit.register(shutil.rmtree, home, ignore_errors=True)
HOME = Path(os.environ["REWIRE_BENCH_HOME"])
