"""How long opening and saving a project take, and whether the autosave holds the window up.

A project of five rounds of 50,000 pairs (default net, its key frames, losses, 20 undo steps), each number from several
turns in the open window: from the click to the sentence "Saved", from the click to the picture of the last round with
its flow; then lateness of the heartbeat while it trains with t playing, with an autosave every second and without, in
turns.
Needs a display:  .ci/display .venv/bin/python bench/projects.py
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import nobody

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def asked(pairs: int, rounds: int, steps: int):
    from engine.codec import build

    raw = {"source": {"kind": "gaussian"}, "target": {"kind": "eight gaussians"}, "rounds": rounds}
    raw |= {"coupling": {"kind": "independent", "pairs": pairs}, "training": {"steps": steps, "batch": 256}}
    return build(raw | {"measure": {"samples": 64, "ladder": [1, 2]}})


def waited(window, there, seconds: float = 120.0) -> None:
    from tests.app.scripted import rest

    end = time.monotonic() + seconds
    while not there():
        rest(0.002)
        if time.monotonic() > end:
            raise TimeoutError("it does not come")


def shown(window, rounds: int) -> bool:
    """Whether the picture of the last round is on the stage."""
    from app.scene.compose import needs

    snapshot, look = window.controller.snapshot, window.document.look
    if snapshot is None or not window.controller.current or len(snapshot.rounds) != rounds + 1:
        return False
    answers = snapshot.rounds[look.shown(snapshot)].answers
    asked = [probe for probe in needs(look) if type(probe).__name__ in ("Pairs", "Trajectories")]
    return bool(asked) and all(any(a.probe == probe and a.fresh for a in answers) for probe in asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each turn of the heartbeat")
    options = parser.parse_args()

    import msgspec
    from PySide6.QtWidgets import QApplication

    from app.application import assemble, begin
    from engine.projects.reader import read
    from engine.projects.writer import write
    from tests.app.scripted import rest

    app = QApplication(sys.argv[:1])
    experiment, path = asked(options.pairs, options.rounds, options.steps), nobody.HOME / "bench.rewire"
    window = assemble(msgspec.structs.replace(experiment, rounds=options.rounds), device="cpu")
    begin(window)
    window.projects.autosave._timer.stop()
    window.resize(1280, 800)
    said: list[str] = []
    window.projects.said.connect(lambda sentence, fault: said.append(sentence))
    waited(window, lambda: window.controller.snapshot is not None and window.controller.snapshot.phase == "done", 600)
    for k in range(20):
        window.document.patch(f"step {k}", measure=msgspec.structs.replace(experiment.measure, samples=64 + k % 2))
    waited(window, lambda: window.controller.current and window.controller.snapshot.phase == "done", 600)
    rest(0.5)

    saves, opens = [], []
    for _ in range(options.turns):
        said.clear()
        begun = time.monotonic()
        window.projects._save(path, None)
        waited(window, lambda: said)
        saves.append(time.monotonic() - begun)
    project, begun = read(path), time.monotonic()
    read(path)
    reading = time.monotonic() - begun
    begun = time.monotonic()
    write(project, path)
    writing = time.monotonic() - begun
    for _ in range(options.turns):
        window.projects.new()
        waited(window, lambda: window.controller.current and window.controller.snapshot.phase != "starting")
        window.controller.train_or_pause()
        rest(0.5)
        begun = time.monotonic()
        window.opening.open(str(path))
        waited(window, lambda: window.projects.path is not None and shown(window, options.rounds))
        window.redraw.stage()
        app.processEvents()
        opens.append(time.monotonic() - begun)
        waited(window, lambda: window.controller.snapshot.phase == "done", 600)

    training = msgspec.structs.replace(experiment.training, steps=10_000_000)
    window.document.patch("train", training=training, rounds=options.rounds + 1)
    waited(window, lambda: window.controller.snapshot.phase == "training")
    window.document.see(playing=True)
    late: dict[bool, list[float]] = {False: [], True: []}
    held: list[float] = []
    saving, keeping = window.projects.autosave, window.projects._keeping
    pictured = keeping._picture

    def picture():
        start = time.monotonic()
        made = pictured()
        held.append(time.monotonic() - start)
        return made

    keeping._picture = picture
    written = 0
    for turn in range(2 * options.turns):
        with_it = bool(turn % 2)
        rest(1.0)
        window.heartbeat.late = late[with_it].append
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            if with_it:
                saving._saved, saving._due = None, 0.0
                saving.tick()
                written += 1
            rest(1.0)
        window.heartbeat.late = None
        waited(window, lambda: not saving._saving.busy and not saving._waits)
    window.projects.abandon()
    window.close()
    window.controller.engine.close(60.0)

    print(f"{options.rounds} rounds of {options.pairs:,} pairs, {path.stat().st_size / 2**20:.1f} MiB")
    for name, times in (("save", saves), ("open to the picture", opens)):
        print(f"{name:20} median {statistics.median(times):.2f} s, most {max(times):.2f} s of {len(times)}")
    print(f"{'of which the file':20} write {writing:.2f} s, read {reading:.2f} s")
    for with_it, times in late.items():
        words = f"with {written} autosaves" if with_it else "without autosave"
        p95 = sorted(times)[int(0.95 * len(times))]
        print(
            f"heartbeat {words:20} p95 {1000 * p95:.0f} ms, p99 {1000 * sorted(times)[int(0.99 * len(times))]:.0f} ms, "
            f"most {1000 * max(times):.0f} ms of {len(times):,} beats"
        )
    print(f"asked for a picture  median {1000 * statistics.median(held):.1f} ms, most {1000 * max(held):.1f} ms")


if __name__ == "__main__":
    main()
