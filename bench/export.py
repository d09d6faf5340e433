"""How long does a film take, against the same picture by matplotlib, and against its encoder alone?

Crossings of 2,000 particles and 300 trajectories at 1920 x 1080, as MP4: our film; the encoder alone, fed with frames
that are painted already; and matplotlib's FuncAnimation with its ffmpeg writer, which draws the same marks (a writer
cannot blit). In turns, several times, and the ratios of medians. Then films in space, by frames a second.
    .venv/bin/python bench/export.py [--frames 300] [--turns 3] [--matplotlib-frames 60]

While a net trains (--training): the window's heartbeat and the steps a second with an export beside it and without.
    .ci/display .venv/bin/python bench/export.py --training

The writer needs an ffmpeg: that of the path, or of the package imageio-ffmpeg.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nobody  # noqa: F401
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
PARTICLES, LINES, SIZE, RATE = 2000, 300, (1920, 1080), 30


def order(kind: str, frames: int, **fields: object):
    from app.export.film import part_of
    from app.export.order import Order
    from app.export.sizes import slide
    from app.scene.look import Look

    look = Look(round=1, lines=LINES, particles=PARTICLES, **fields)
    return Order(part_of("films", kind, {}), look, slide(), RATE, frames / RATE)


def ours(snapshot, frames: int, path: Path) -> Callable[[], None]:
    from app.export.encoder import encoder_for
    from app.export.rendering import render

    return lambda: render(snapshot, order("sweep", frames), encoder_for(path), path)


def encoder_alone(snapshot, frames: int, path: Path) -> Callable[[], None]:
    """The same frames, of which some are kept and come again and again: all of them would be 2.5 GB."""
    from app.export.encoder import Footage, encoder_for
    from app.export.reel import Reel

    reel = Reel(snapshot, order("sweep", frames), True)
    kept = 60
    held = [reel.pixels(k) for k in np.linspace(0, frames - 1, kept).round().astype(int).tolist()]
    way = [*range(kept), *range(kept - 2, 0, -1)]  # there and back: no jump that a codec would pay for

    def encode() -> None:
        given = (held[way[k % len(way)]] for k in range(frames))
        encoder_for(path).write(path, Footage(*SIZE, RATE, frames, True, False, given))
        path.unlink()

    return encode


def matplotlibs(snapshot, frames: int, path: Path) -> Callable[[], None]:
    """The same marks: two panels, their lines, ends and particles, by artists whose data are set."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.animation import FFMpegWriter, FuncAnimation
    from matplotlib.collections import LineCollection

    if shutil.which("ffmpeg") is None:
        import imageio_ffmpeg

        matplotlib.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()
    from app.scene.frame import bounds, clouds
    from app.scene.known import flow, pairs

    view = snapshot.rounds[1]
    ends, traced = pairs(view), flow(view)
    x0, x1 = ends.x0[:PARTICLES], ends.x1[:PARTICLES]
    source, target = (cloud[:600] for cloud in clouds(snapshot))
    shade = pyplot.get_cmap("hsv")(np.linspace(0, 1, LINES))
    straight = np.stack([x0[:LINES], x1[:LINES]], 1)

    def draw() -> None:
        figure, axes = pyplot.subplots(1, 2, figsize=(19.2, 10.8), dpi=100)
        dots = []
        for axis, lines in zip(axes, (straight, traced.z[:, :LINES].swapaxes(0, 1)), strict=True):
            axis.set_xlim(*bounds(snapshot)[:2])
            axis.set_ylim(*bounds(snapshot)[2:])
            axis.set_aspect("equal")
            axis.axis("off")
            axis.add_collection(LineCollection(lines, colors=shade, linewidths=1.5, alpha=0.65))
            axis.scatter(*source.T, s=9, color="#0072B2")
            axis.scatter(*target.T, s=9, color="#B35900")
            dust = axis.scatter(*x0[LINES:].T, s=7, alpha=0.4, color="#333333")
            few = axis.scatter(*x0[:LINES].T, s=40, c=shade)
            dots.append((few, dust))
        told = figure.text(0.9, 0.03, "t = 0.00")

        def step(k: int) -> list:
            t = k / max(1, frames - 1)
            for (few, dust), at in zip(dots, ((1 - t) * x0 + t * x1, traced.at(t, PARTICLES)), strict=True):
                few.set_offsets(at[:LINES])
                dust.set_offsets(at[LINES:])
            told.set_text(f"t = {t:.2f}")
            return [told]

        film = FuncAnimation(figure, step, frames=frames, init_func=list)
        film.save(path, writer=FFMpegWriter(fps=RATE, codec="libx264"), dpi=100)
        pyplot.close(figure)

    return draw


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock, and of all processors together, an ffmpeg's among them."""

    def spent() -> float:
        return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))

    begun, before = time.perf_counter(), spent()
    work()
    return time.perf_counter() - begun, spent() - before


def films(options: argparse.Namespace) -> None:
    from app.export.qt import ready

    ready()
    from tests.app import snapshots

    snapshot = snapshots.snapshot(n=PARTICLES, training=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        work = {
            "our film": (ours(snapshot, options.frames, path), options.frames),
            "encoder alone": (encoder_alone(snapshot, options.frames, path), options.frames),
            "matplotlib": (matplotlibs(snapshot, options.mpl, path), options.mpl),
        }
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
        for turn in range(options.turns):
            for name, (make, frames) in work.items():
                clock, cores = (1000 * seconds / frames for seconds in timed(make))
                took[name].append((clock, cores))
                told = f"turn {turn + 1}: {name:<14} {clock:7.1f} ms a frame, {cores:6.1f} ms of the processors"
                print(told, flush=True)
        print(f"\n{options.frames} frames of {PARTICLES:,} particles and {LINES} trajectories at {SIZE[0]} x {SIZE[1]}")
        for k, by in enumerate(("by the clock", "of the processors (what holds on a busy machine)")):
            middle = {name: statistics.median(pair[k] for pair in pairs) for name, pairs in took.items()}
            print(by)
            print(f"  matplotlib / ours    {middle['matplotlib'] / middle['our film']:5.1f}   (goal: at least 10)")
            print(f"  ours / encoder alone {middle['our film'] / middle['encoder alone']:5.2f}   (goal: at most 1.3)")
        for dim, kind, view in ((3, "orbit", "crossings"), (3, "sweep", "crossings"), (2, "orbit", "space-time")):
            found = snapshots.snapshot(dim=dim, n=400, training=False)
            from app.export.encoder import encoder_for
            from app.export.film import part_of
            from app.export.order import Order
            from app.export.rendering import render
            from app.export.sizes import slide
            from app.scene.look import Look

            n = options.frames // 5
            asked = Order(part_of("films", kind, {}), Look(round=1, view=view), slide(), RATE, n / RATE)
            seconds, cores = timed(lambda asked=asked, found=found: render(found, asked, encoder_for(path), path))
            told = f"{n / seconds:5.1f} frames a second, {1000 * cores / n:4.0f} ms of the processors each"
            print(f"{dim}-D, {kind:<6} {view:<10} {told}   (goal: at least 10)")


def training(options: argparse.Namespace) -> None:
    """The default scene in the window, in turns without an export and beside one."""
    from PySide6.QtWidgets import QApplication

    from app.application import assemble, begin
    from app.export.encoder import encoder_for
    from app.export.job import FilmJob
    from app.export.queue import Queue
    from engine.codec import build

    app = QApplication.instance() or QApplication(sys.argv[:1])
    raw = {
        "source": {"kind": "gaussian"},
        "target": {"kind": "two modes", "at": 4.0, "separation": 4.0, "std": 0.6},
        "training": {"steps": 1_000_000},
    }
    window = assemble(build(raw), device="cpu")
    begin(window)
    late: list[float] = []
    window.heartbeat.late = late.append

    def rest(seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            app.processEvents()
            time.sleep(min(left, 0.004))

    while window.controller.snapshot is None or window.controller.snapshot.step < 200:
        rest(0.2)
    window.document.see(playing=True)

    def measured(seconds: float) -> tuple[float, float]:
        late.clear()
        begun, at = window.controller.snapshot, time.monotonic()
        rest(seconds)
        now = window.controller.snapshot
        return (now.step - begun.step) / (
            now.made - begun.made if now is not begun else time.monotonic() - at
        ), 1000 * float(np.quantile(late, 0.95))

    queue, rates, beats = Queue(), {"alone": [], "beside an export": []}, {"alone": [], "beside an export": []}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.turns):
            for name in rates:
                if name != "alone":
                    path = Path(folder) / f"film-{turn}.mp4"
                    asked = order("sweep", 20_000)
                    entry = queue.add(FilmJob(path, window.controller.snapshot, asked, encoder_for(path)))
                    while not entry.done:
                        rest(0.1)
                rate, beat = measured(options.seconds)
                rates[name].append(rate)
                beats[name].append(beat)
                print(f"turn {turn + 1}: {name:<17} {rate:7.1f} steps/s, heartbeat p95 {beat:5.1f} ms late", flush=True)
                if name != "alone":
                    print(
                        f"        the export made {entry.done / (time.monotonic() - entry.begun):.1f} frames a second"
                    )
                    queue.cancel(entry)
                    while queue.busy:
                        rest(0.05)
    kept = statistics.median(rates["beside an export"]) / statistics.median(rates["alone"])
    print(f"\ntraining keeps {kept:.0%} of its speed (goal: 60 %)")
    print(f"heartbeat p95 {statistics.median(beats['beside an export']):.1f} ms late (goal: at most 50)")
    queue.close_down()
    window.close()
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--matplotlib-frames", type=int, default=60, dest="mpl")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--training", action="store_true")
    options = parser.parse_args()
    training(options) if options.training else films(options)


if __name__ == "__main__":
    main()
