"""Everything that one Genesys Cloud organisation remembers."""

from __future__ import annotations

import datetime as dt

from sandbox.clock import Clock
from sandbox.genesys.evaluation_book import EvaluationBook
from sandbox.genesys.jobs import Jobs
from sandbox.genesys.rates import Rates
from sandbox.genesys.statuses import Statuses
from sandbox.genesys.tokens import Tokens
from sandbox.genesys.world import World


class Organisation:
    """The organisation behind the login and API hosts."""

    def __init__(self, clock: Clock, *, seed: int, days: int, conversations_per_day: int) -> None:
        self.tokens = Tokens(clock)
        self.rates = Rates()
        self.jobs = Jobs()
        self.world = World(seed=seed, started=clock.now_ms(), days=days, conversations=conversations_per_day)
        self.people = self.world.people
        self.forms = self.world.forms
        self.evaluations = EvaluationBook(self.world, self.forms)
        self.statuses = Statuses(self.world)

    def set_volume(self, date: dt.date, conversations: int) -> None:
        """Makes a UTC day hold so many conversations of about 7 KB."""
        self.world.set_volume(date, conversations)
