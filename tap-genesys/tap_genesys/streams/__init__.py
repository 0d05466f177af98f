"""One small declarative class per stream, by family."""

from __future__ import annotations

from singer_slices import name_of

from tap_genesys.streams.base import GenesysStream
from tap_genesys.streams.conversations import Conversations
from tap_genesys.streams.evaluations import Evaluations
from tap_genesys.streams.forms import EvaluationForms
from tap_genesys.streams.lookups import LOOKUPS
from tap_genesys.streams.user_details import UserPresence, UserRoutingStatus

STREAMS: tuple[type[GenesysStream], ...] = tuple(
    sorted((Conversations, EvaluationForms, Evaluations, *LOOKUPS, UserPresence, UserRoutingStatus), key=name_of)
)

__all__ = ["STREAMS"]
