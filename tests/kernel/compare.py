"""Records compared with what the kernel model predicts."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator

import msgspec

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.kernel_schema import KernelModel
from tests.toml import load_toml

from .predict import Prediction, predict
from .records import FOLDER, Experiment, Observation, Saw, experiments, observations, topology

# Observations are appended to this file, a line of JSON each, if it is set.
RECORD = "BPF_LINT_RECORD"


class Beyond(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the model does not explain an experiment on these kernels."""

    kernels: list[str]
    because: str


class Summary:
    """What one kernel did in a run of experiments, against the model and the records."""

    def __init__(self, release: str, started: float | None = None) -> None:
        self.release = release
        self.model = Catalogue(data_folder()).kernel
        self.beyond = listed_beyond()
        self.missing = Counter[str]()
        self.done = 0
        self.wrong = 0
        self.started = time.monotonic() if started is None else started

    def compare(self, observed: Observation) -> None:
        """Compare one, and print what is different."""
        self.done += 1
        record(observed)
        if observed.id in self.beyond:
            found = unlike_records(observed)
        else:
            found = differences(self.model, observed)
        if found:
            self.wrong += 1
            print(f"{observed.id}: {'; '.join(found)} [{observed.evidence}]")

    def print(self) -> int:
        """Print what was not run and how much was; return the exit code."""
        for reason, count in self.missing.items():
            print(f"not run: {count} experiments on {self.release} ({reason})")
        took = time.monotonic() - self.started
        print(f"{self.done} experiments run on {self.release} in {took:.0f} s,", end=" ")
        print(f"{self.wrong} unlike the kernel model or the records")
        return 1 if self.wrong else 0


def record(observed: Observation) -> None:
    """Keep an observation, where that is asked for."""
    if path := os.environ.get(RECORD):
        with open(path, "ab") as file:
            file.write(msgspec.json.encode(observed) + b"\n")


def listed_beyond() -> dict[str, Beyond]:
    """Experiments that the model is known not to explain, by id."""
    text = (FOLDER / "beyond_model.toml").read_text()
    return msgspec.convert(load_toml(text), dict[str, Beyond])


def differences(kernel: KernelModel, observed: Observation) -> list[str]:
    """What a record shows otherwise than the model says."""
    experiment = experiments()[observed.id]
    predicted = predict(kernel, topology(experiment.topology), experiment)
    return [
        f"{name}: the model says {said!r}, {observed.kernel} did {seen!r}"
        for name, said, seen in compared(predicted, observed, experiment)
        if said != seen
    ]


def unlike_records(observed: Observation) -> list[str]:
    """How an outcome differs from all that were recorded; a packet that is LOST looks DROPPED."""
    known = {one.outcome for one in observations() if one.id == observed.id}
    known |= {"DROPPED"} if "LOST" in known else set()
    if observed.outcome in known:
        return []
    return [f"outcome: recorded were {sorted(known)}, {observed.kernel} did {observed.outcome!r}"]


def compared(
    predicted: Prediction, observed: Observation, experiment: Experiment
) -> Iterator[tuple[str, object, object]]:
    """Pairs of predicted and observed values, for all that the record has."""
    yield "outcome", predicted.outcome, observed.outcome
    if observed.skb_dev:
        yield "skb->dev", predicted.skb_dev, observed.skb_dev
    returned = observed.helper_returned
    if returned is not None and predicted.returned is not None:
        negative = predicted.returned == "negative"
        yield "helper", predicted.returned, "negative" if negative and returned < 0 else returned
    if observed.saw:
        yield from compared_context(predicted, observed.saw, experiment)


def compared_context(
    predicted: Prediction, saw: Saw, experiment: Experiment
) -> Iterator[tuple[str, object, object]]:
    """What the program read. XDP programs recorded one number, as `ifindex`."""
    yield "ifindex", predicted.ifindex, saw.ifindex
    if predicted.ingress_ifindex is not None and experiment.hook != "xdp":
        yield "ingress_ifindex", predicted.ingress_ifindex, saw.ingress_ifindex
    if predicted.fib_fails is not None:
        yield "FIB lookup fails", predicted.fib_fails, saw.fib_ret < 0
