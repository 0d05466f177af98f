"""How the connectors' programs start."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys

import pytest

from tools.connectors import CONNECTORS, Connector

SEEN_AT_START = """
import gc, importlib, json, sys

def collections():
    return sum(generation["collections"] for generation in gc.get_stats())

before = collections()
importlib.import_module(sys.argv[1])
print(json.dumps([collections() - before < 10, gc.get_freeze_count() > 10_000, gc.isenabled()]))
"""


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda connector: connector.name)
def test_modules_are_loaded_without_the_collector_which_works_afterwards(connector: Connector) -> None:
    (program,) = importlib.metadata.entry_points(group="console_scripts", name=connector.name)
    done = subprocess.run([sys.executable, "-c", SEEN_AT_START, program.module], capture_output=True, check=True)
    assert json.loads(done.stdout) == [True, True, True], "a start with the collector has 150 collections"
