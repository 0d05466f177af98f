"""Evaluation forms: https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/ (QualityApi)."""

from __future__ import annotations

import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import Page, Row

from tap_genesys import schemas
from tap_genesys.answers import NotFoundError
from tap_genesys.streams.lookups import Lookup

_VERSION = "/quality/forms/evaluations"


class EvaluationForms(Lookup):
    """Every published version with its questions; an evaluation names the version by which it was made.

    The list of working copies shows drafts, without questions, so published versions are listed and each is read alone.
    """

    name = "evaluation_forms"
    path = "/quality/publishedforms/evaluations"
    record_schema = schemas.EVALUATION_FORM

    def pages(self, context: Context | None) -> t.Iterator[Page]:
        """All published versions."""
        del context
        for rows in self._listing(self.path, f"reading {self.name}"):
            yield Page([whole for row in rows if (whole := self._whole(row)) is not None], None)

    def _whole(self, listed: Row) -> Row | None:
        """A version with its questions; None if it is a draft, or has vanished meanwhile."""
        doing = f"reading the evaluation form {listed.get('id')}"
        try:
            form = {**listed, **self.client.get(f"{_VERSION}/{listed.get('id')}", doing=doing)}
        except NotFoundError:
            self.logger.info("%s: %s has vanished meanwhile and is passed over", self.name, listed.get("id"))
            return None
        return form if form.get("published") is not False else None
