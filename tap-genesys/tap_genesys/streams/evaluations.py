"""Quality evaluations, evaluator by evaluator: there is no way to list them all.

https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/ (QualityApi): the query needs one of
conversation, evaluator, agent or assignee. By agent, evaluations that are never released are left out; by evaluator
they are not.
"""

from __future__ import annotations

import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import Page, Slice, SlicedStream

from tap_genesys import schemas
from tap_genesys.client import LISTING
from tap_genesys.streams.base import LISTING_PAGE, GenesysStream, instant

_QUERY = "/quality/evaluations/query"
EVALUATOR = "evaluatorUserId"


class Evaluations(GenesysStream, SlicedStream):
    """Evaluations with scores and comments. The vendor picks them by the date on which they were assigned."""

    name = "evaluations"
    record_schema = schemas.EVALUATION
    time_field = "assignedDate"
    #: Any date may be missing in early states, and which one the query tests is not documented.
    picked_by_time = False
    default_slice_days = 30
    #: The longest span that public clients ask for.
    most_slice_days = 45
    #: An evaluation may be changed or deleted until 90 days after it was made
    #: (https://developer.genesys.cloud/forum/t/new-default-alternate-time-dimension-for-evaluation-aggregates/5703).
    default_lookback_days = 90

    def list_partitions(self) -> list[dict[str, t.Any]]:
        """One partition an evaluator: a newly found one is read from the start date."""
        return [{EVALUATOR: evaluator} for evaluator in self.genesys.evaluators.ids()]

    def pages(self, piece: Slice, context: Context | None) -> t.Iterator[Page]:
        """The evaluations of one evaluator that were assigned in the slice."""
        evaluator = (context or {})[EVALUATOR]
        doing = f"reading evaluations by {evaluator} of {instant(piece.start)} … {instant(piece.end)}"
        params = {**self._params(piece, evaluator), "pageSize": self.genesys.page_size(LISTING_PAGE), "pageNumber": 1}
        for rows in self.client.pages(_QUERY, params, doing=doing, read=self.reading(context, LISTING)):
            yield Page(rows, None)

    @staticmethod
    def _params(piece: Slice, evaluator: str) -> dict[str, t.Any]:
        """Without these flags answers are empty, and evaluations of deleted users left out."""
        return {
            EVALUATOR: evaluator,
            "startTime": instant(piece.start),
            "endTime": instant(piece.end),
            "expandAnswerTotalScores": "true",
            "includeDeletedUsers": "true",
        }

    def probe(self, context: Context | None) -> None:
        """Ask for one evaluation."""
        evaluator = (context or {})[EVALUATOR]
        end = self.engine_tap.control.now()
        params = {**self._params(Slice(end, end), evaluator), "pageSize": 1}
        self.client.get(_QUERY, params, doing=f"trying {self.name}")
