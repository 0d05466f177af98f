"""What the project set out to reach, held against the figures."""

from __future__ import annotations

import dataclasses
import typing as t

Figures = t.Mapping[str, t.Any]
OURS: t.Final = "ours"


@dataclasses.dataclass(frozen=True)
class Goal:
    """A number that was wanted.

    Attributes:
        text: what it is about.
        wanted: the number.
        measured: takes it from the figures' `scenarios`; `LookupError` where they lack it.
        at_most: whether less is better.
    """

    text: str
    wanted: float
    measured: t.Callable[[Figures], float]
    at_most: bool = False

    def verdict(self, scenarios: Figures) -> tuple[float, bool] | None:
        """The number and whether it is good enough; nothing where it was not measured."""
        try:
            number = self.measured(scenarios)
        except LookupError:
            return None
        return number, number <= self.wanted if self.at_most else number >= self.wanted


def cpu(compared: Figures, contender: str) -> float:
    """A contender's CPU seconds, the median."""
    return float(compared["contenders"][contender]["median"]["cpu"])


def times_ours(compared: Figures, contender: str) -> float:
    """How many times our CPU seconds a contender took."""
    return cpu(compared, contender) / cpu(compared, OURS)


def vendor_time(compared: Figures) -> float:
    """Seconds that a slow vendor takes for a request a slice, as many at once as the job says."""
    load = compared["load"]
    return float(-(-load["days"] // load["slice_days"]) * load["latency"] / load["parallel"])


def share_of_ideal(compared: Figures, contender: str = OURS) -> float:
    """The shortest time there could be, divided by the time that passed.

    It cannot be less than the vendor's, nor less than the contender's own computing.
    """
    median = compared["contenders"][contender]["median"]
    return float(max(vendor_time(compared), median["cpu"]) / median["wall"])


def share_of_points(compared: Figures) -> float:
    """Points that were used of those given, in all buckets but the last, which ends with the work."""
    (run,) = compared["contenders"][OURS]["runs"]
    whole = run["served"]["points"][:-1]
    return float(sum(whole) / (len(whole) * compared["load"]["limit"])) if whole else 1.0


def refusals(compared: Figures) -> float:
    """Requests for which there was no point."""
    return float(sum(run["served"]["refused"] for run in compared["contenders"][OURS]["runs"]))


def most_memory(tables: Figures) -> float:
    """Megabytes of tap and target together, at the greater of the sizes."""
    return max(float(each["contenders"][OURS]["median"]["memory"]) for each in tables.values())


def _extraction(scenario: str, contender: str) -> t.Callable[[Figures], float]:
    return lambda scenarios: times_ours(scenarios[scenario]["figures"], contender)


def _loading(number: int, contender: str) -> t.Callable[[Figures], float]:
    return lambda scenarios: times_ours(list(scenarios["tables"]["figures"].values())[number], contender)


def _growth(scenarios: Figures, part: str, figure: str, step: int) -> float:
    steps = list(scenarios["growth"]["figures"].values())
    return float(steps[step][part]["contenders"][OURS]["median"][figure])


def linear(scenarios: Figures) -> float:
    """CPU seconds a record at the greatest size, divided by those at a fifth of it."""
    rows = [int(each) for each in scenarios["growth"]["figures"]]
    last, before = (_growth(scenarios, "pair", "cpu", step) / rows[step] for step in (-1, -2))
    return last / before


def flat(scenarios: Figures) -> float:
    """Memory at the greatest size, divided by that at a fifth of it."""
    return _growth(scenarios, "pair", "memory", -1) / _growth(scenarios, "pair", "memory", -2)


GOALS: t.Final = (
    Goal("calls: CPU of the plain SDK tap, times ours", 8, _extraction("calls", "plain")),
    Goal("calls: CPU of the unchecked loop, times ours", 1.2, _extraction("calls", "floor")),
    Goal("conversations: CPU of the plain SDK tap, times ours", 12, _extraction("conversations", "plain")),
    Goal("conversations: CPU of the unchecked loop, times ours", 1.0, _extraction("conversations", "floor")),
    *(
        goal
        for number, text in enumerate(("smaller table", "greater table"))
        for goal in (
            Goal(f"{text}: CPU of dlt with Parquet, times ours", 5, _loading(number, "dlt-parquet")),
            Goal(f"{text}: CPU of dlt with Arrow, times ours", 5, _loading(number, "dlt-arrow")),
            Goal(f"{text}: CPU of the plain pair, times ours", 8, _loading(number, "plain")),
        )
    ),
    Goal(
        "calls into DuckDB: tap and target together, MB", 300, lambda all_: most_memory(all_["tables"]["figures"]),
        at_most=True,
    ),
    Goal("slow vendor: share of the ideal time", 0.9, lambda all_: share_of_ideal(all_["latency"]["figures"])),
    Goal("few points: share that is used", 0.95, lambda all_: share_of_points(all_["budget"]["figures"])),
    Goal("few points: requests refused", 0, lambda all_: refusals(all_["budget"]["figures"]), at_most=True),
    Goal("300 requests a minute: share that is used", 0.95, lambda all_: share_of_points(all_["rate"]["figures"])),
    Goal("300 requests a minute: refused", 0, lambda all_: refusals(all_["rate"]["figures"]), at_most=True),
    Goal("growth, last two sizes: CPU a record, times the smaller", 1.1, linear, at_most=True),
    Goal("growth, last two sizes: memory, times the smaller", 1.1, flat, at_most=True),
)  # fmt: skip
