"""The command line program."""

from __future__ import annotations

import typing as t
from collections import Counter
from pathlib import Path

import click
from singer_sdk.plugin_base import _ConfigInput
from singer_spool import Backend, ExitCode, SpoolTarget

from target_amplitude.backend import AmplitudeBackend
from target_amplitude.mapping import read_streams
from target_amplitude.replay import Claim, ReplayInput
from target_amplitude.settings import SETTINGS, Surroundings, make_backend


class ReplayRequest:
    """Stands in the place of the input file when `--replay` was given."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)


class TargetAmplitude(SpoolTarget):
    """Sends user profiles to Amplitude; STATE covers only records whose fate is known."""

    name = "target-amplitude"
    package_name = "target-amplitude"
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = SETTINGS
    supports_record_metadata = False

    surroundings = Surroundings()
    """Network, clock and ids of the run."""

    _backend: AmplitudeBackend | None = None
    _claim: Claim | None = None

    def make_backend(self) -> Backend:
        """Make the backend from the settings."""
        self._backend = make_backend(self.config, self.surroundings)
        return self._backend

    @property
    def emit_state(self) -> bool:
        """A dry run emits no STATE: nothing was delivered."""
        return not self.config["dry_run"]

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Add `--replay` to the usual options."""
        command = super().get_singer_command()
        command.params.append(
            click.Option(
                ["--replay"],
                metavar="FILE",
                help="Send the dead letters of this file again instead of reading messages.",
            ),
        )
        return command

    @classmethod
    def invoke(  # type: ignore[override]  # one option more, as the SDK's own subclasses have
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        file_input: t.IO[str] | None = None,
        replay: str | None = None,
    ) -> None:
        """Run the target, on messages or on dead letters."""
        source = t.cast("t.IO[str]", ReplayRequest(replay)) if replay else file_input
        super().invoke(about=about, about_format=about_format, config=config, file_input=source)

    def run(self, file_input: t.IO[str] | None = None) -> ExitCode:
        """Read the input, or the dead letters, to the end; the exit code."""
        try:
            return super().run(file_input)
        finally:
            if self._claim is not None:
                self._claim.settle(done=self._backend is not None and self._backend.finished)

    def _consume(self, file_input: t.Any) -> Counter[str]:
        """Dead letters become messages here, where an error still gets its exit code and its summary."""
        if isinstance(file_input, ReplayRequest):
            file_input = self._dead_letters(file_input.path)
        return super()._consume(file_input)

    def _dead_letters(self, path: Path) -> t.IO[t.Any]:
        mappings = read_streams(self.config["streams"])
        if not self.config["dry_run"]:
            self._claim = Claim(path)
            path = self._claim.path
        return t.cast("t.IO[t.Any]", ReplayInput(path, mappings))
