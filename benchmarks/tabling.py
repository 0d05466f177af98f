"""Figures as Markdown tables, ratios first."""

from __future__ import annotations

import typing as t

from benchmarks import job_roster, roster
from benchmarks.goals import OURS, cpu, refusals, share_of_ideal, share_of_points, times_ours, vendor_time

Figures = t.Mapping[str, t.Any]
TITLES: t.Final = {
    group: {each.key: each.title for each in contenders}
    for group, contenders in (
        ("extraction", roster.EXTRACTION),
        ("loading", roster.LOADING),
        ("jobs", job_roster.JOBS),
    )
}


def table(head: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def thousands(number: float) -> str:
    """A whole number with thin gaps."""
    return f"{number:,.0f}".replace(",", " ")


def extraction(figures: Figures) -> str:
    """Rows to nowhere."""
    load = figures["load"]
    told = (
        f"{thousands(load['rows'])} rows, pages of {thousands(load['page_size'])}, slices of {load['slice_days']} days."
    )
    return f"{told} {_runs(figures)}\n\n{_compared(figures, 'extraction')}"


def _runs(figures: Figures) -> str:
    """Of how many runs the figures are medians."""
    number = max(len(measured["runs"]) for measured in figures["contenders"].values())
    return "One run each." if number == 1 else f"Medians of {number} runs."


def tables(figures: Figures) -> str:
    """Rows into DuckDB, size by size."""
    return "\n\n".join(
        f"{thousands(int(rows))} calls. {_runs(each)}\n\n{_loaded(each)}" for rows, each in figures.items()
    )


def _loaded(figures: Figures) -> str:
    text = _compared(figures, "loading", with_rows=True)
    if "meltano" in figures["contenders"]:
        own = cpu(figures, "meltano") - cpu(figures, OURS)
        wall = (figures["contenders"][name]["median"]["wall"] for name in ("meltano", OURS))
        longer = next(wall) - next(wall)
        text += f"\n\nMeltano's own share: {own:.1f} s CPU, {longer:.1f} s wall."
    return text


def _compared(figures: Figures, group: str, *, with_rows: bool = False) -> str:
    rows = []
    for key, measured in figures["contenders"].items():
        title = f"**{TITLES[group][key]}**" if key == OURS else TITLES[group][key]
        if not measured["median"]:
            rows.append([title, "failed", *["-"] * (4 + with_rows)])
            continue
        median = measured["median"]
        rate = thousands(figures["load"]["rows"] / median["cpu"])
        line = [title, f"{times_ours(figures, key):.2f}", f"{median['cpu']:.2f}", rate]
        line += [f"{median['wall']:.2f}", f"{median['memory']:.0f}"]
        rows.append(line + ([_rows(measured, figures["load"]["rows"])] if with_rows else []))
    head = ["", "CPU, times ours", "CPU s", "rows per CPU s", "wall s", "memory MB"]
    return table(head + (["rows in the table"] if with_rows else []), rows)


def _rows(measured: Figures, wanted: int) -> str:
    """Rows at the end; what is missing or doubled is told."""
    loaded = [run["loaded"] for run in measured["runs"] if "loaded" in run]
    wrong = [each for each in loaded if (each["count"], each["keys"]) != (wanted, wanted)]
    if not wrong:
        return thousands(wanted)
    return f"**{thousands(wrong[0]['count'])}, {thousands(wrong[0]['keys'])} keys**"


def jobs(figures: Figures) -> str:
    """Conversations through jobs."""
    load = figures["load"]
    told = f"{thousands(load['rows'])} conversations, jobs of {load['slice_days']} days, pages of "
    told += f"{thousands(load['page_size'])}. {_runs(figures)}"
    return f"{told}\n\n{_compared(figures, 'jobs', with_rows=True)}"


def latency(figures: Figures) -> str:
    """A slow vendor."""
    rows = []
    for key, measured in figures["contenders"].items():
        if not measured["median"]:
            continue
        median, served = measured["median"], measured["runs"][0]["served"]
        times = median["wall"] / figures["contenders"][OURS]["median"]["wall"]
        line = [TITLES["extraction"][key], f"{times:.2f}", f"{median['wall']:.1f}"]
        line += [f"{vendor_time(figures) / median['wall']:.2f}", f"{share_of_ideal(figures, key):.2f}"]
        rows.append([*line, f"{median['cpu']:.1f}", f"{median['memory']:.0f}", str(served["requests"])])
    load = figures["load"]
    told = f"{load['days']} slices of {load['rows'] // load['days']} calls, {load['latency'] * 1000:.0f} ms a request, "
    head = ["", "wall, times ours", "wall s", "vendor's time ÷ wall", "ideal ÷ wall", "CPU s", "memory MB", "requests"]
    return f"{told}{load['parallel']} at once: {vendor_time(figures):.1f} s of the vendor's.\n\n{table(head, rows)}"


def budget(figures: Figures) -> str:
    """Few points."""
    load = figures["load"]
    (run,) = figures["contenders"][OURS]["runs"]
    return (
        f"{load['days']} slices, {load['limit']} points for {load['limit_seconds']} s, {load['parallel']} at once: "
        f"{share_of_points(figures):.1%} of the points used in all buckets but the last, "
        f"{refusals(figures):.0f} refused, "
        f"{run['wall']:.1f} s."
    )


def rate(figures: Figures) -> str:
    """Requests that are counted."""
    load = figures["load"]
    (run,) = figures["contenders"][OURS]["runs"]
    return (
        f"{load['days']} jobs, {run['served']['requests']} requests, {load['limit']} allowed in "
        f"{load['limit_seconds']} s: "
        f"{share_of_points(figures):.1%} of those allowed were made in all windows but the last, "
        f"{refusals(figures):.0f} refused, {run['wall']:.1f} s."
    )


def growth(figures: Figures) -> str:
    """Ever more rows."""
    rows = []
    for count, both in figures.items():
        line = [thousands(int(count))]
        for part in ("tap", "pair"):
            median = both[part]["contenders"][OURS]["median"]
            line += [f"{median['cpu']:.2f}", f"{median['cpu'] / int(count) * 1e6:.1f}", f"{median['wall']:.2f}"]
            line += [f"{median['memory']:.0f}"]
        rows.append(line)
    columns = ["CPU s", "µs a record", "wall s", "MB"]
    head = ["calls", *(f"{part} {column}" for part in ("tap:", "tap and target:") for column in columns)]
    return table(head, rows)


def start(figures: Figures) -> str:
    """Starting."""
    begun = [[f"`{name}`", f"{each['cpu']:.2f}", f"{each['wall']:.2f}"] for name, each in figures["commands"].items()]
    imports = [
        [name, ", ".join(f"{package} {took:.0f}" for package, took in spent.items())]
        for name, spent in figures["imports"].items()
    ]
    first = table(["", "CPU s", "wall s"], begun)
    return f"{first}\n\n{table(['imported by', 'milliseconds by package, its own code alone'], imports)}"


TABLES: t.Final[dict[str, t.Callable[[Figures], str]]] = {
    "calls": extraction,
    "conversations": extraction,
    "tables": tables,
    "jobs": jobs,
    "latency": latency,
    "budget": budget,
    "rate": rate,
    "growth": growth,
    "start": start,
}
"""By scenario, what writes its figures down."""
