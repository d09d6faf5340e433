"""The Lab makes what is asked: a reconciler without a thread of its own.

``adopt`` says what is wanted and ``ask`` what is looked at; ``advance`` and ``look`` do a bounded slice of the work
that is still missing. What to do next follows from the state alone, so a slice may end, or be stopped, anywhere. One
round, figure or probe that fails says so in a sentence and takes no other with it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from engine import cores
from engine.evidence.evidence import MATCHED, Evidence
from engine.fields.field import Field
from engine.learning import device as devices
from engine.learning.trainee import Trainee
from engine.motion.flow import accurate, transport
from engine.motion.stopping import Stop, Stopped, heeding, never
from engine.parts import Wrong, reason
from engine.preview import coupled, pairing, sketching
from engine.probe import Probe, Subject
from engine.rounds.kept import Kept
from engine.rounds.leaving import back, kept
from engine.rounds.remark import remark
from engine.rounds.round import Pairs, Round, beginning, pairs_after
from engine.rounds.seeds import seed_of
from engine.shelf import Run, Shelf
from engine.spec import Experiment, identity
from engine.tree import Node, title
from engine.watching import Watched, Watching

log = logging.getLogger("rewire")


class Lab:
    """One Experiment at a time; earlier ones wait on a small shelf, so that undo costs nothing.

    ``last_pairs``: simulate the pairs of the last round too, which no further round needs. ``by_round``: measure each
    round before the next is begun, else all are trained first. ``matched``: most points of an exact assignment.
    ``sketches``: where a coupling is costly, a few of its pairs come first, to be looked at.
    ``threads`` train, all physical cores if None; of what is ``watched`` by a window one core less.
    ``stop``: asked at every step; True ends the slice (``Stopped`` never leaves ``advance`` and ``look``).
    """

    def __init__(
        self,
        device: str = "auto",
        matched: int = MATCHED,
        stop: Stop = never,
        last_pairs: bool = False,
        by_round: bool = False,
        sketches: bool = False,
        threads: int | None = None,
        watched: bool = False,
    ) -> None:
        self.device = devices.choose(device)
        devices.settle(self.device)
        self.threads = cores.give(threads, watched)
        self.first: tuple[str, ...] = ()  # figures that are measured before all others
        self._matched, self._stop, self._last_pairs, self._by_round = matched, stop, last_pairs, by_round
        self._sketches = sketches
        self._shelf = Shelf()
        self._run = Run()
        self._key: object = None
        self._nodes: tuple[Node, ...] = ()
        self._probes: tuple[Probe, ...] = ()
        self._shown: tuple[str, ...] = ()
        self._watching = Watching(self._subjects, stop)
        self.trainee: Trainee | None = None  # the net in training: a round's, or its reference's
        self.clock: list[tuple[float, int]] = []  # of it: time, step
        self.at_work: Round | None = None  # the round that was worked on last
        self.experiment: Experiment | None = None
        self.phase = "starting"
        self.done = 0.0  # share of the present stage, where it is known
        self.doing = ""

    # what is wanted

    def adopt(self, experiment: Experiment, attempt: int = 0, warm: bool = False) -> bool:
        """Make this the Experiment; keep whatever still holds. Another ``attempt`` than that of its rounds starts them
        anew. ``warm``: rounds that an edit starts anew go on from the weights of those in their places. True where the
        rounds are other ones than before."""
        key = identity(experiment)
        others = key != self._key or attempt != self._run.attempt
        if others:
            old, edited = self._run, key != self._key and self.experiment is not None
            self._run, self._key, self.trainee = self._shelf.take(key, attempt), key, None
            if warm and edited and self.experiment.dim == experiment.dim and not self._run.rounds:
                self._run.before = old.carried()
        if experiment != self.experiment:
            self._run.look_again()
        self.experiment = experiment
        self.phase, self.doing, self.done = "starting", "", 0.0  # what was true of another one
        self._nodes = experiment.nodes()
        self._run.forget(experiment.training, {node.lineage for node in self._nodes})
        return others

    def kept(self) -> tuple[Kept, ...]:
        """The rounds of the present experiment, parents before children: what ``restore`` makes the same rounds of."""
        rounds = self._run.rounds
        return tuple(kept(lineage, held) for lineage, held in rounds.items() if not held.learning.broken)

    def restore(
        self, experiment: Experiment, rounds: tuple[Kept, ...], attempt: int = 0, damaged: bool = False
    ) -> tuple[str, ...]:
        """Make this the Experiment, with rounds that were kept; it goes on as if they had never been away. Raises
        Wrong where they are not rounds of this experiment; of a ``damaged`` file those that cannot come back are made
        again, and their names returned."""
        nodes = {node.lineage: node for node in experiment.nodes()}
        run, lost = Run(attempt), []
        for old in rounds:
            node = nodes.get(old.lineage) or Node("", "", old.lineage)  # hidden ones come along
            try:
                run.rounds[old.lineage] = back(experiment, node, old, self.device)
            except Exception:  # arrays that fit nothing
                if not damaged:
                    raise
                lost.append(title(node.name) if node.name else "a round that is hidden")
                continue
            if not old.lineage:
                run.start(old.x0, old.x1)
        if rounds and run.x0 is None and not damaged:
            raise Wrong("", "the first round is missing, and with it the pairs of all others")
        self._shelf.put(identity(experiment), run)
        self._key = None  # so that it is taken from the shelf
        self.adopt(experiment, attempt)
        return tuple(lost)

    def ask(self, probes: tuple[Probe, ...], shown: tuple[str, ...] = ()) -> None:
        """Answer these of the rounds that are ``shown``, by name (none: of the newest), and of all rounds those that
        are asked ``everywhere``."""
        self._probes, self._shown = probes, shown

    # what is done

    def advance(self, seconds: float = 0.05, train: bool = True) -> bool:
        """Work for about ``seconds``, or until figures are next and a first picture is missing; without ``train`` no
        training step is made. True while work remains."""
        begun = time.monotonic()
        end = begun + seconds
        try:
            with heeding(self._stop):
                while not self._stop():
                    self.phase = self._slice(train, end)
                    if self.phase in ("paused", "done", "stopped"):
                        return False
                    if time.monotonic() >= end or self.unseen:
                        break
        except Stopped:
            pass
        finally:
            self._watching.worked(time.monotonic() - begun)
        return True

    def _slice(self, train: bool, end: float) -> str:
        """The next piece of work that is missing; the phase that it belongs to."""
        run = self._run
        if run.error:
            return "stopped"
        if run.x0 is None:
            return self._guarded("the pairs", lambda: self._sample(end), self.fail) or "sampling"
        for node in self._nodes:
            if phase := self._towards(node, train, end):
                return phase
        for urgent in (True, False):
            for held in self.rounds():
                if self._measure(held, urgent):
                    return "measuring"
        for held in self.rounds() if self._last_pairs else ():
            if held.z1 is None and not (held.failed or held.no_pairs):
                return (
                    self._guarded("the pairs", lambda held=held: self._pair(held, end), held.give_up_pairs) or "pairing"
                )
        for held in self.rounds():  # last of all: figures of the reference hold nobody up
            work = lambda held=held: self._compare(held, train, end)  # noqa: E731
            if phase := self._guarded("the reference", work, held.reference.give_up):
                return phase
        lost = any(held.failed or held.no_pairs for held in self.rounds())
        run.error = next(iter(run.why_not()), "")
        return "stopped" if lost or run.error else "done"

    def _guarded(self, what: str, work: Callable[[], str | None], failed: Callable[[str], None]) -> str | None:
        """What this piece of work returns; where it raises, ``failed`` gets the sentence, and nothing else ends."""
        try:
            return work()
        except Stopped:
            raise
        except Wrong as wrong:
            failed(str(wrong))
        except Exception as error:
            log.exception("%s failed", what)
            failed(f"{what[:1].upper()}{what[1:]} cannot be made ({reason(error)})")
        return ""

    def _towards(self, node: Node, train: bool, end: float) -> str | None:
        """The next piece of work towards this node's round; nothing once it is finished, or cannot be."""
        run, held = self._run, self._run.rounds.get(node.lineage)
        what = f"round {title(node.name)}"
        if held is None:
            if node.lineage in run.refused:
                return ""
            refuse = lambda sentence: run.refused.__setitem__(node.lineage, sentence)  # noqa: E731
            return self._guarded(what, lambda: self._begin(node, train, end), refuse)
        learning = held.learning
        if learning.broken:
            return ""
        if learning.v is None:
            self.at_work = held
            if learning.ended:
                learning.finish()
                self.trainee = None
                return "measuring"
            if not train:
                return "paused"

            def broken(sentence: str) -> None:
                learning.give_up(sentence)
                run.refused[node.lineage] = sentence

            self._guarded(what, lambda: self._train(held, end), broken)
            return "training"
        return "measuring" if self._by_round and self._measure(held) else ""

    def _begin(self, node: Node, train: bool, end: float) -> str:
        """The next piece of work towards a round that does not exist yet; empty where the one before it has failed."""
        run = self._run
        if slices := run.building.pop(node.lineage, None):
            return self._built(node, slices, end)
        pairs, before = (run.x0, run.x1), None
        if node.lineage:
            before = run.rounds.get(node.lineage[:-1])
            if before is None or before.failed:
                return ""
            if before.z1 is None:
                return self._pair(before, end) if train else "paused"
            pairs = self._continued(before, node, end)
            if pairs is None:
                return "pairing"
        slices = beginning(self.experiment, node, pairs, self.device, before, run.before.get(node.lineage))
        return self._built(node, slices, end)

    def _built(self, node: Node, slices: Iterator[float | Round], end: float) -> str:
        """The round of this node, in slices."""
        run = self._run
        for found in slices:
            if isinstance(found, Round):
                run.rounds[node.lineage] = found
                if found.learning.trainee is not None:
                    found.learning.adopt(self.experiment.training)  # which may have changed meanwhile
                return "sampling"
            self.doing, self.done = f"fitting {title(node.name)}", found
            if time.monotonic() >= end or self._stop():
                run.building = {node.lineage: slices}
                break
        return "training"

    def _continued(self, before: Round, node: Node, end: float) -> Pairs | None:
        """The pairs of this node, in slices; None until they are there."""
        run, first = self._run, (self._run.x0, self._run.x1)
        seed = seed_of(self.experiment, node.lineage)
        slices = run.continuing.pop(node.lineage, None) or pairs_after(before, node.lineage[-1], first, seed)
        for result in slices:
            if isinstance(result, tuple):
                return result
            self.done = result
            if time.monotonic() >= end or self._stop():
                run.continuing = {node.lineage: slices}
                return None
        raise RuntimeError(f"{node.lineage[-1].kind} ended without pairs")

    def _sample(self, end: float) -> None:
        run = self._run
        if self._sketches and self.experiment.coupling.costly and run.sketch is None:
            self._sketch(end)
            return
        slices, run.pairing = run.pairing or pairing(self.experiment), None
        for result in slices:
            if isinstance(result, tuple):
                run.start(*result)
                return
            self.done = result
            if time.monotonic() >= end or self._stop():
                run.pairing = slices  # to go on with; after an error there is nothing to go on with
                return

    def _sketch(self, end: float) -> None:
        """A few pairs of a coupling that takes its time."""
        run = self._run
        slices, run.sketching = run.sketching or sketching(self.experiment), None
        for result in slices:
            if isinstance(result, tuple):
                run.sketch = result
                return
            if time.monotonic() >= end or self._stop():
                run.sketching = slices
                return

    def fail(self, message: str) -> None:
        """Give this experiment up, saying why; another one can still be adopted."""
        self._run.error, self.phase = message, "stopped"

    def _train(self, held: Round, end: float) -> None:
        self._take_up(held.learning.trainee)
        held.learning.advance(end, self._stop)
        self._tick()

    def _take_up(self, trainee: Trainee) -> None:
        """This is the net that is trained now: it has a pace of its own."""
        if trainee is not self.trainee:
            self.trainee, self.clock = trainee, []

    def _tick(self) -> None:
        """Note how far the net in training is."""
        self.clock = [*self.clock[-40:], (time.monotonic(), self.trainee.step)]
        self.doing, self.done = "", self.trainee.step / self.trainee.steps

    def _pair(self, held: Round, end: float) -> str:
        self.at_work = held
        slices, held.pairs_ahead = held.pairs_ahead or transport(held.v, held.problem.x0, accurate(held.problem)), None
        for result in slices:
            if isinstance(result, np.ndarray):
                held.z1 = result
                break
            self.doing, self.done = "", result
            if time.monotonic() >= end or self._stop():
                held.pairs_ahead = slices  # to go on with; after an error, or a stop, there is nothing to go on with
                break
        return "pairing"

    def _measure(self, held: Round, urgent: bool = False) -> bool:
        """Compute one missing figure; False when none is missing. ``urgent``: one that somebody waits for, of whichever
        round, before the others of any."""
        if held.v is None or (urgent and not self.first):
            return False
        if held.own.rest_on(*self._asked()):
            held.reference.own.rest_on(*self._asked())
        figure = held.own.missing(held.problem, self.first, urgent)
        if figure is None:
            return False
        self.doing, self.done, self.at_work = figure.metric.label, figure.share, held
        held.own.measure(figure, lambda: self._evidence(held, held.v))
        return True

    def _compare(self, held: Round, train: bool, end: float) -> str:
        """The next piece of work for the reference beside this round; empty when nothing is missing."""
        if held.v is None:
            return ""
        beside = held.reference
        share = beside.stand(self.experiment, held.learning, self.device, end, self._stop)
        beside.own.rest_on(*self._asked())
        if share is not None:
            self.at_work, self.doing, self.done = held, "fitting the reference", share
            return "training"
        if beside.learns:
            self.at_work = held
            self._take_up(beside.trainee)
            if not train:
                return "paused"
            until = min(end, time.monotonic() + 0.03)
            while not beside.trainee.done and time.monotonic() < until and not self._stop():
                beside.trainee.advance(beside.trainee.stride)
            self._tick()
            self.doing = "training the reference"
            return "training"
        self.trainee = None
        figure = beside.own.missing(held.problem, self.first) if beside.field is not None else None
        if figure is None:
            return ""
        self.at_work, self.doing, self.done = held, f"{figure.metric.label} of the {beside.name}", figure.share
        beside.own.measure(figure, lambda: self._evidence(held, beside.field))
        return "measuring"

    def _asked(self) -> tuple[int, dict[str, Any]]:
        """What the figures rest on: the samples, and by name what some of them do besides."""
        of = self.experiment.measure
        return of.samples, {"ladder": of.ladder, "points": of.points, "solver": self.experiment.solver}

    def _evidence(self, held: Round, v: Field) -> Evidence:
        of, wanted = self.experiment.measure, self.experiment
        sizes = (of.samples, wanted.seed, self._matched, self._stop, of.points, wanted.solver, of.ladder)
        return Evidence(held.problem, v, held.truth, *sizes)

    # what is looked at

    def look(self, seconds: float = 0.05, light: bool = False) -> bool:
        """Answer probes for about ``seconds``; True when an answer has come that somebody waits for. ``light``: only
        new questions that a first picture waits for."""
        with heeding(self._stop):
            return self._watching.look(seconds, self.phase == "training", light)

    @property
    def asked(self) -> bool:
        """Whether a probe has no answer yet for what the rounds are now."""
        return self.experiment is not None and self._watching.waiting

    @property
    def unseen(self) -> bool:
        """Whether figures are next, each of which may take seconds, while a first picture is not there yet."""
        rounds = self.rounds()
        trained = len(rounds) == len({node.lineage for node in self._nodes}) and all(held.v for held in rounds)
        return bool(rounds) and trained and self._watching.unseen

    @property
    def probes(self) -> tuple[Probe, ...]:
        """What is asked."""
        return self._probes

    @property
    def shown(self) -> tuple[str, ...]:
        """The names of the rounds that it is asked of; none: of the newest."""
        return self._shown

    @property
    def unanswered(self) -> int:
        """How many questions have never been answered; those that training has overtaken are."""
        return self._watching.unanswered if self.experiment is not None else 0

    def _subjects(self) -> Iterator[Watched]:
        """The coupling and the rounds as they stand, each with what is asked of it; those on show come first."""
        run, solver, seed = self._run, self.experiment.solver, self.experiment.seed
        if run.x0 is None:
            if run.sketch is not None:
                quick = tuple(probe for probe in self._probes if probe.light and not probe.live)
                yield Watched(run.sketched, self.coupling(), "", quick)
            return
        names = self._shown or (self.newest_name(),)
        on_show = {run.rounds.get(node.lineage) for node in self._nodes if node.name in names}
        everywhere = tuple(probe for probe in self._probes if probe.everywhere)
        for held in sorted(self.rounds(), key=lambda held: held not in on_show):
            if not held.learning.broken:
                asked = self._probes if held in on_show else everywhere
                yield Watched(held.inquiries, held.subject(solver, seed), held.learning.stage, asked)
        still = tuple(probe for probe in (self._probes if "" in names else everywhere) if not probe.live)
        yield Watched(run.inquiries, self.coupling(), "", still)

    # what is known

    @property
    def drawn(self) -> bool:
        """Whether there are pairs to look at: all, or a few."""
        return self._run.x0 is not None or self._run.sketch is not None

    @property
    def begun(self) -> bool:
        """Whether the first round has begun, or nothing is to come before it does."""
        return bool(self._run.rounds) or self._run.x0 is None or not self._nodes

    @property
    def error(self) -> str:
        """Why this experiment cannot go on, in one sentence."""
        return self._run.error

    @property
    def run(self) -> Run:
        """What has been made of the present Experiment."""
        return self._run

    def coupling(self) -> Subject:
        """The first coupling as it stands, for probes."""
        experiment, run = self.experiment, self._run
        pairs = run.sketch if run.x0 is None else (run.x0, run.x1)
        return Subject(coupled(experiment, *pairs), experiment.solver, seed=experiment.seed)

    def tree(self) -> list[tuple[Node, Round]]:
        """The rounds that the Experiment asks for, as far as they exist, with the names that it gives them."""
        rounds = self._run.rounds
        return [(node, rounds[node.lineage]) for node in self._nodes if node.lineage in rounds]

    def rounds(self) -> list[Round]:
        """The same without names, each once: branches that do the same share rounds."""
        return list(dict.fromkeys(held for _, held in self.tree()))

    def newest_name(self) -> str:
        """The name of the round that was begun last; empty where there is none, for the coupling."""
        tree = self.tree()
        for held in reversed(self._run.rounds.values()):
            if name := next((node.name for node, other in tree if other is held), ""):
                return name
        return ""

    def remark(self, node: Node) -> str:
        """What the figures of this node's round say against its picture."""
        rounds = self._run.rounds
        *earlier, held = (rounds.get(node.lineage[:k]) for k in range(len(node.lineage) + 1))
        return remark(held, earlier[-1] if earlier else None, any(one and one.learning.warm for one in earlier))
