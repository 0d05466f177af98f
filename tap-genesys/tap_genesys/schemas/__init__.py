"""JSON schemas of the streams: every field of the vendor's models typed and described, nested ones included."""

from __future__ import annotations

from tap_genesys.schemas.conversations import CONVERSATION
from tap_genesys.schemas.evaluations import EVALUATION
from tap_genesys.schemas.forms import EVALUATION_FORM
from tap_genesys.schemas.lookups import (
    DIVISION,
    GROUP,
    LANGUAGE,
    LOCATION,
    PRESENCE_DEFINITION,
    QUEUE,
    QUEUE_MEMBER,
    QUEUE_WRAPUP_CODE,
    ROLE,
    SKILL,
    TEAM,
    USER,
    WRAPUP_CODE,
)
from tap_genesys.schemas.user_details import USER_PRESENCE, USER_ROUTING_STATUS

__all__ = [
    "CONVERSATION",
    "DIVISION",
    "EVALUATION",
    "EVALUATION_FORM",
    "GROUP",
    "LANGUAGE",
    "LOCATION",
    "PRESENCE_DEFINITION",
    "QUEUE",
    "QUEUE_MEMBER",
    "QUEUE_WRAPUP_CODE",
    "ROLE",
    "SKILL",
    "TEAM",
    "USER",
    "USER_PRESENCE",
    "USER_ROUTING_STATUS",
    "WRAPUP_CODE",
]
