"""dlt, with what its documentation recommends for speed: whole pages, no nested tables, no row ids, Parquet or Arrow.

https://dlthub.com/docs/reference/performance, https://dlthub.com/docs/dlt-ecosystem/destinations/duckdb and
https://dlthub.com/docs/dlt-ecosystem/verified-sources/arrow-pandas

Usage: `python -m benchmarks.contenders.dlt_pipeline MODE JOB`, where MODE is one of

* `extract`: dlt's extract step alone, which writes the rows to files of its own and looks at no type;
* `parquet`, `arrow`: extract, normalise and load, rows appended;
* `merge`: as `parquet`, merged on the key, which is what a second run needs.
"""

from __future__ import annotations

import os
import sys
import tempfile
import typing as t
from pathlib import Path

PARALLEL_ITEMS: t.Final = 20


def settle(parallel: int, folder: str) -> None:
    """Set what dlt reads when it is imported."""
    os.environ.update(
        {
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "ERROR",
            "DLT_DATA_DIR": folder,
            "EXTRACT__WORKERS": str(parallel),
            "EXTRACT__MAX_PARALLEL_ITEMS": str(PARALLEL_ITEMS),
            "NORMALIZE__WORKERS": "1",
            "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "false",
            "DATA_WRITER__BUFFER_MAX_ITEMS": "10000",
            "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": "100000",
            "EXTRACT__DATA_WRITER__FILE_MAX_ITEMS": "100000",
        }
    )


def run(mode: str, path: str, folder: str) -> None:
    """Read a job with dlt.

    Args:
        mode: as above.
        path: the job's file.
        folder: for dlt's own files.
    """
    import dlt  # noqa: PLC0415  # reads its settings when it is imported

    from benchmarks.contenders.dlt_resource import make_resource  # noqa: PLC0415  # as above
    from benchmarks.contenders.job import Job  # noqa: PLC0415  # beside its user

    job = Job.read(path)
    database = job.database or str(Path(folder) / "unused.duckdb")
    pipeline = dlt.pipeline("benchmark", destination=dlt.destinations.duckdb(database), dataset_name="raw_comagic")
    resource = make_resource(job, arrow=mode == "arrow", merge=mode == "merge")
    if mode == "extract":
        pipeline.extract(resource)
    else:
        pipeline.run(resource, loader_file_format="parquet")


def main() -> None:
    """Run a mode of a job in a folder that is gone afterwards."""
    mode, path = sys.argv[1:]
    from benchmarks.contenders.job import Job  # noqa: PLC0415  # beside its user

    with tempfile.TemporaryDirectory() as folder:
        settle(Job.read(path).parallel, folder)
        run(mode, path, folder)


if __name__ == "__main__":
    main()
