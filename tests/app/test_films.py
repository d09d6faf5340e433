"""What each film shows: pure functions of the number of a frame, over every registered film."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QRectF

from app.export.film import Film, Take, part_of
from app.export.films.timeline import Clip, Timeline
from app.export.order import Order
from app.export.page import Page
from app.export.reel import Reel
from app.scene import compose
from app.scene.look import Look
from app.scene.projection import seen as in_space
from engine.lab import Lab
from engine.parts import Wrong
from engine.registry import kinds, knobs
from engine.report import snapshot as report
from engine.snapshot import Snapshot
from tests.app import snapshots
from tests.app.scripted import QUICK

FILMS = list(kinds(Film.family).values())
PAGE = Page(width=320, height=180, text=9.0)
TRAINED = {
    "velocity": {"kind": "mlp", "width": 8, "depth": 1},
    "training": {"steps": 30, "batch": 16},
    "rounds": 2,
}

pytestmark = pytest.mark.usefixtures("qapp")


@cache
def lab(dim: int = 2) -> Lab:
    from engine.codec import build

    made = Lab("cpu")
    raw = QUICK | TRAINED | {"dim": dim, "coupling": {"kind": "independent", "pairs": 64}}
    made.adopt(build(raw))
    return made


def known(order: Order, dim: int = 2) -> Snapshot:
    """Everything answered that the film needs."""
    work = lab(dim)

    def answered(probes: tuple, names: tuple) -> Snapshot:
        work.ask(probes, names)
        while work.advance(0.2) and work.phase != "measuring":
            pass
        while work.asked:
            work.look(1.0)
        return report(work)

    first = answered(order.page.needs(order.look), order.look.names())
    assert order.film.unfit(first, order.look) == ""
    return answered(*order.needs(first))


def order(cls: type[Film], **fields: object) -> Order:
    return Order(cls(**fields), Look(lines=20, particles=30), PAGE, 5, 2.0)


def pictures(asked: Order, snapshot: Snapshot, frames: tuple[int, ...]) -> list[np.ndarray]:
    reel = Reel(snapshot, asked)
    return [reel.pixels(k) for k in frames]


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("cls", FILMS, ids=lambda cls: cls.__name__)
def test_each_film_moves_and_is_the_same_again(cls: type[Film], dim: int) -> None:
    asked = order(cls)
    if (dim, asked.film.kind) == (1, "orbit"):
        assert asked.film.unfit(snapshots.snapshot(dim=1), asked.look).startswith("On a line")
        return
    snapshot = known(asked, dim)
    middle = asked.n // 3
    one = pictures(asked, snapshot, (0, middle, asked.n - 1))
    assert not np.array_equal(one[0], one[1])
    for k, frame in zip((asked.n - 1, 0), pictures(asked, snapshot, (asked.n - 1, 0)), strict=True):
        assert np.array_equal(frame, one[2 if k else 0]), "the order in which frames are asked for tells"
    for shot in asked.shots(snapshot):
        for look in shot.looks:
            told = [panel.empty for panel in compose.stage(snapshot, look)]
            assert not any(told), told


@pytest.mark.parametrize("cls", FILMS, ids=lambda cls: cls.__name__)
def test_each_film_says_what_it_is(cls: type[Film]) -> None:
    film = cls()
    assert cls.title and cls.hint.endswith(".") and film.seconds > 0
    assert all(knob.tip for knob in knobs(cls))
    again = msgspec.json.decode(msgspec.json.encode(film), type=cls)
    assert again == film and part_of("films", film.kind, {}) == film
    told = film.unfit(snapshots.empty(), Look())
    assert told or cls.__struct_config__.tag in ("sweep", "ladder", "orbit", "timeline")


def test_sweep_ends_at_one() -> None:
    asked = Order(kinds("films")["sweep"](hold=0.0), Look(), PAGE, 30, 61 / 30)
    shots = list(asked.shots(snapshots.snapshot()))
    assert len(shots) == 61
    assert [shot.looks[0].t for shot in shots] == pytest.approx(np.linspace(0, 1, 61).tolist())
    assert shots[-1].looks[0].t == 1.0


def test_rounds_come_one_after_another_or_in_a_grid() -> None:
    snapshot = snapshots.snapshot(n=60, rounds=3, training=False)
    one = order(kinds("films")["rounds"], hold=0.0)
    names = [shot.words for shot in one.shots(snapshot)]
    assert list(dict.fromkeys(names)) == ["1-rectified", "2-rectified", "3-rectified"]
    assert [shot.looks[0].round for shot in one.shots(snapshot)] == sorted(
        shot.looks[0].round for shot in one.shots(snapshot)
    )
    for name in set(names):
        times = [shot.looks[0].t for shot in one.shots(snapshot) if shot.words == name]
        assert times[0] == 0.0 and times[-1] == 1.0
    grid = order(kinds("films")["rounds"], hold=0.0, order="grid", most=2)
    assert all([look.round for look in shot.looks] == [1, 2] for shot in grid.shots(snapshot))
    assert all(len({look.t for look in shot.looks}) == 1 for shot in grid.shots(snapshot))
    assert Reel(snapshot, grid).image(3).size() == Reel(snapshot, one).image(3).size()


def test_orbit_loops_without_a_stop() -> None:
    snapshot = snapshots.snapshot(dim=3, n=60)
    asked = order(kinds("films")["orbit"])
    at = [shot.looks[0].camera.azimuth for shot in asked.shots(snapshot)]
    steps = (np.diff([*at, at[0]]) + 180) % 360 - 180
    assert np.allclose(steps, steps[0]) and abs(steps[0]) == pytest.approx(360 / asked.n)
    half = order(kinds("films")["orbit"], degrees=90.0, rises=20.0)
    at = [shot.looks[0].camera for shot in half.shots(snapshot)]
    assert at[0].azimuth - at[-1].azimuth == pytest.approx(90.0) and at[0].elevation == at[-1].elevation
    assert not half.film.repeats and asked.film.repeats


@pytest.mark.parametrize(("dim", "view"), [(2, "space-time"), (3, "crossings")])
def test_orbit_goes_around_what_lies_in_space(dim: int, view: str) -> None:
    snapshot = snapshots.snapshot(dim=dim, n=60)
    (look,) = order(kinds("films")["orbit"]).shot(snapshot, 0).looks
    assert look.view == view and any(map(in_space, compose.stage(snapshot, look)))


def test_the_lens_moves() -> None:
    film = kinds("films")["lens"]
    snapshot = snapshots.snapshot(n=60)
    asked = order(film, begin=(0.0, -3.0), end=(0.0, 3.0), turn="once", hold=0.0, ease="even")
    places = np.array([shot.looks[0].lens for shot in asked.shots(snapshot)])
    assert np.allclose(places[:, 1], np.linspace(-3, 3, asked.n)) and not places[:, 0].any()
    asked = order(film, follow=5, turn="once", hold=0.0, ease="even")
    looks = [shot.looks[0] for shot in asked.shots(snapshot)]
    traced = snapshot.rounds[-1].answers[-2].value
    assert [look.t for look in looks] == pytest.approx(np.linspace(0, 1, asked.n).tolist())
    assert np.allclose(looks[-1].lens, traced.z[-1, 5]) and {look.follow for look in looks} == {5}
    with pytest.raises(Wrong, match="one number for each coordinate"):
        part_of("films", "lens", {"begin": [0.0], "end": [0.0, 1.0]})


def test_the_ladder_takes_its_steps() -> None:
    snapshot = snapshots.snapshot(n=60)
    asked = order(kinds("films")["ladder"], rungs=(1, 4))
    told = [(shot.words, shot.looks[0].turned[0]) for shot in asked.shots(snapshot)]
    assert list(dict.fromkeys(words for words, _ in told)) == ["1 Euler step", "4 Euler steps"]
    for n in (1, 4):
        taken = [view.taken for _, view in told if view.ladder == (n,)]
        assert taken[0] == 0.0 and taken[-1] == 1.0 and taken == sorted(taken)
    with pytest.raises(Wrong, match=r"ladder\.rungs: N = 5 is not among 1, 2, 3, 4"):
        part_of("films", "ladder", {"rungs": [5]})


def test_a_timeline_joins_films_with_their_words() -> None:
    snapshot = snapshots.snapshot(n=60, rounds=2, training=False)
    clips = (
        Clip("sweep", 1.0, "First", {"hold": 0.0}, {"round": 1}),
        Clip("rounds", 3.0, "Then", {"hold": 0.0}),
        Clip("orbit", 1.0),
    )
    asked = Order(Timeline(clips), Look(), PAGE, 10, 10.0)
    words = [shot.words for shot in asked.shots(snapshot)]
    assert [words.count(w) for w in dict.fromkeys(words)] == [20, 30, 30, 20]
    assert list(dict.fromkeys(words)) == ["First", "Then: 1-rectified", "Then: 2-rectified", ""]
    first = [shot.looks[0] for shot in asked.shots(snapshot)][:20]
    assert first[0].t == 0.0 and first[-1].t == 1.0 and {look.round for look in first} == {1}
    assert asked.film.seconds == 5.0 and asked.film.worded
    reel = Reel(snapshot, asked)
    assert not np.array_equal(reel.pixels(0), reel.pixels(99))


@pytest.mark.parametrize(
    ("clips", "told"),
    [
        ([], r"timeline\.clips: there are none"),
        ([{"film": "swep"}], r"timeline\.clips\[0\]\.films?: 'swep' is not known; did you mean 'sweep'"),
        ([{"film": "timeline"}], "cannot be in a timeline"),
        ([{"film": "sweep", "knobs": {"hold": -1}}], r"clips\[0\]\.sweep\.hold: -1.* is below 0"),
        ([{"film": "sweep", "see": {"theme": "x"}}], "'theme' cannot be set; there are view, t, round"),
        ([{"seconds": 0}], r"clips\[0\]\.seconds"),
    ],
)
def test_timelines_that_cannot_be(clips: list, told: str) -> None:
    with pytest.raises(Wrong, match=told):
        part_of("films", "timeline", {"clips": clips})


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        ("sweeps", {}, "film: 'sweeps' is not known; did you mean 'sweep'"),
        ("sweep", {"hould": 1}, r"sweep\.hould: is no knob of it; there are turn, ease, hold, times"),
        ("sweep", {"turn": "round"}, "sweep: "),
        ("orbit", {"degrees": 1e9}, r"orbit\.degrees: 1e\+09 is above 3600"),
    ],
)
def test_films_that_cannot_be(kind: str, given: dict, told: str) -> None:
    with pytest.raises(Wrong, match=told):
        part_of("films", kind, given)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"rate": 0}, "fps: 0 is outside 1 to 120"),
        ({"rate": 121}, "fps: 121"),
        ({"seconds": 0.001}, "seconds: 0.00 is outside 0.05 to 3,600"),
        ({"seconds": 3000.0, "rate": 60}, "180,000 frames are more than 50,000"),
        ({"page": Page(width=9)}, "size"),
        ({"page": Page(theme="pink")}, "theme: 'pink' is not known"),
    ],
)
def test_orders_that_cannot_be(fields: dict, told: str) -> None:
    asked = Order(kinds("films")["sweep"](), Look(), PAGE)
    with pytest.raises(Wrong, match=told):
        msgspec.structs.replace(asked, **fields).check()


def test_views_of_a_page_and_of_a_film() -> None:
    """Several views stand in one frame; a film that has a view of its own shows that."""
    snapshot = snapshots.snapshot(n=60)
    both = msgspec.structs.replace(PAGE, views=("crossings", "loss"))
    asked = Order(kinds("films")["sweep"](), Look(), both, 5, 1.0).check()
    assert asked.page_of(asked.shot(snapshot, 0).looks[0]).views == ("crossings", "loss")
    morph = msgspec.structs.replace(asked, film=kinds("films")["morph"](), look=Look(view="loss"))
    assert morph.page_of(morph.shot(snapshot, 0).looks[0]).views == ()
    one = Order(kinds("films")["sweep"](), Look(), msgspec.structs.replace(PAGE, views=("loss",)), 5, 1.0).check()
    assert (one.look.view, one.page.views) == ("loss", ())


def test_frame_takes_of_any_length_stay_in_range() -> None:
    snapshot = snapshots.snapshot(n=40, rounds=3, training=False)
    for cls in FILMS:
        for n in (1, 2, 3, 7):
            for k in range(n):
                for look in cls().shot(snapshot, Look(), Take(k, n, 30)).looks:
                    assert 0.0 <= look.t <= 1.0 and 0.0 <= look.morph <= 1.0 and 0.0 <= look.frame <= 1.0


def test_rounds_of_a_grid_are_as_large_as_can_be() -> None:
    """Three rounds of two panels each stand side by side, with their panels above each other."""
    snapshot = snapshots.snapshot(n=60, rounds=3, training=False)
    asked = order(kinds("films")["rounds"], order="grid")
    reel = Reel(snapshot, asked)
    places = reel._places(asked.shot(snapshot, 0), QRectF(0, 0, 1600, 900))
    assert [place.top() for place in places] == [0.0, 0.0, 0.0]
