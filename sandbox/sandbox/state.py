"""Everything one running sandbox remembers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t
import zoneinfo

from sandbox.amplitude.store import Store
from sandbox.clock import Clock
from sandbox.comagic.auth import Sessions
from sandbox.comagic.budget import Budget
from sandbox.comagic.life.world import World
from sandbox.comagic.owners import OWN, Owner
from sandbox.faults import FaultBook
from sandbox.genesys.organisation import Organisation
from sandbox.journal import Journal
from sandbox.settings import Settings


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """What a sandbox is started with.

    Attributes:
        seed: same seed, same data.
        now: where the clock starts; null is the machine's present.
        days: days of calls before ``now``.
        calls_per_day: calls of an ordinary working day.
        conversations_per_day: Genesys conversations of an ordinary working day.
        frozen: the clock stands still until it is moved.
    """

    seed: int = 1
    now: dt.datetime | None = None
    days: int = 130
    calls_per_day: int = 80
    conversations_per_day: int = 120
    frozen: bool = False


class Sandbox:
    """The state behind the vendors and the control endpoints."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.clock = Clock(self.options.now, frozen=self.options.frozen)
        self._started_at = self.clock.now()
        self.settings = Settings()
        self.faults = FaultBook()
        self.journal = Journal(self.clock)
        self.sessions = Sessions(self.clock)
        self.budget = Budget(self.clock)
        self.store = Store(self.clock)
        self.genesys = Organisation(
            self.clock,
            seed=self.options.seed,
            days=self.options.days,
            conversations_per_day=self.options.conversations_per_day,
        )
        self.version = 0
        self._volumes: list[tuple[dt.date, int, int | None]] = []
        self._worlds: dict[str, World] = {}

    def change_settings(self, changes: dict[str, t.Any]) -> Settings:
        """Applies some settings and makes the data anew if the zone has changed.

        Raises:
            msgspec.ValidationError: an unknown setting or a wrong type.
            zoneinfo.ZoneInfoNotFoundError: an unknown zone.
        """
        previous, settings = self.settings, self.settings.changed(changes)
        if (settings.timezone, settings.timezones) != (previous.timezone, previous.timezones):
            for name in (settings.timezone, *settings.timezones.values()):
                zoneinfo.ZoneInfo(name)
            self._worlds.clear()
        self.settings = settings
        self.version += 1
        return settings

    def set_volume(self, day: dt.date, calls: int, second: int | None) -> None:
        """Makes one local day hold a given number of calls, all within one second if that is given."""
        self._volumes.append((day, calls, second))
        self.world_of(OWN).set_volume(day, calls, second)
        self.version += 1

    def world_of(self, owner: Owner) -> World:
        """What happens in an account, made when it is first asked for."""
        if owner.name not in self._worlds:
            self._worlds[owner.name] = self._make_world(owner)
        return self._worlds[owner.name]

    def _make_world(self, owner: Owner) -> World:
        world = World(
            seed=self.options.seed + owner.shift,
            timezone=self.settings.timezone if owner is OWN else self.settings.timezones[owner.name],
            now=self._started_at,
            days=self.options.days,
            calls_per_day=int(self.options.calls_per_day * owner.share),
        )
        for day, calls, second in self._volumes if owner is OWN else ():
            world.set_volume(day, calls, second)
        return world
