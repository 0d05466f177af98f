"""The tap's command line: the SDK's options, with exit codes that tell a wrong setting from a crash."""

from __future__ import annotations

import abc
import contextlib
import ctypes
import gc
import os
import sys
import typing as t

import click
from singer_sdk import Tap
from singer_sdk.plugin_base import PluginBase, _ConfigInput

from singer_slices.documents import load_catalog, load_document, read_config, telling, with_environment
from singer_slices.errors import ConfigurationError, ExitCode
from singer_slices.redact import scrub_logs
from singer_slices.summary import RunSummary

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE = 4 * 2**20


class CommandLineTap(Tap, abc.ABC):
    """A tap as a program."""

    #: What is wrong with the given settings by their schema, also where nothing requires them to be right.
    wrong_settings: t.Sequence[str] = ()

    @abc.abstractmethod
    def run(self) -> ExitCode:
        """Sync all streams.

        Returns:
            How it ended.
        """

    @abc.abstractmethod
    def probe_all(self) -> ExitCode:
        """Find out which streams may be read.

        Returns:
            How it ended.
        """

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The SDK's command, with scrubbed logs."""
        scrub_logs()
        command = super().get_singer_command()
        for option in command.params:
            if option.name == "catalog":
                option.is_eager = True  # `--test` asks what is selected, wherever it stands
        return command

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> _ConfigInput:
        """`--config`: read the files; what cannot be read ends with exit 2."""
        del ctx, param
        with cls._telling({}):
            return read_config(value)
        raise AssertionError  # `_telling` ends the program instead of going on

    @classmethod
    def _telling(cls, config: t.Mapping[str, t.Any]) -> contextlib.AbstractContextManager[None]:
        return telling(cls.logger, RunSummary(cls.name, cls.get_plugin_version()), config)

    @classmethod
    def _given(cls, given: _ConfigInput | None) -> dict[str, t.Any]:
        """The settings of files and environment.

        Raises:
            ConfigurationError: a variable holds no value of its setting's type.
        """
        cls.append_builtin_config(cls.config_jsonschema)
        return with_environment(given or _ConfigInput(), cls.config_jsonschema, str(cls._env_var_prefix))

    @classmethod
    def invoke(  # type: ignore[override] # the SDK's own override of its base is incompatible in the same way
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: t.IO[str] | None = None,
        catalog: t.IO[str] | None = None,
    ) -> None:
        """Run the tap.

        Args:
            about: print metadata and settings instead.
            about_format: how to print them.
            config: the settings.
            state: the bookmarks of the last run.
            catalog: which streams and fields to read.
        """
        PluginBase.invoke.__func__(cls, about=about, about_format=about_format)  # type: ignore[attr-defined]  # a classmethod's
        cls.print_version(print_fn=cls.logger.info)
        with cls._telling(config.config if config else {}):
            given = cls._given(config)
        with cls._telling(given):
            tap = cls(config=given, state=load_document("--state", state), catalog=load_catalog(catalog))
        _collect_rarely()
        _keep_memory_dense()
        sys.exit(tap.run())

    @classmethod
    def cb_discover(cls, ctx: click.Context, param: click.Option, value: bool) -> None:
        """`--discover`: needs no settings, but says what is wrong with those that are given."""
        del param
        if not value:
            return
        with cls._telling({}):
            given = cls._given(ctx.params.get("config"))
            tap = cls(config=given, validate_config=False, setup_mapper=False)
            if tap.wrong_settings:
                raise ConfigurationError(*tap.wrong_settings)
            tap.run_discovery()
        ctx.exit()

    @classmethod
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """`--test`: one cheap call a selected stream. `--test=schema`: the SDK's."""
        with cls._telling({}):
            if value != "all":
                super().cb_test(ctx, param, value)
                return
            given = cls._given(ctx.params.get("config"))
            tap = cls(config=given, catalog=load_catalog(ctx.params.get("catalog")))
        sys.exit(tap.probe_all())


def _collect_rarely() -> None:
    """Spare the garbage collector what it need not look at.

    Pages are many objects without cycles, and what was imported stays: looking at both again and again took 5 % of a
    run of 336 000 records, and its memory was the same without.
    """
    gc.freeze()
    gc.set_threshold(20_000, 50, 1_000)


def _keep_memory_dense() -> None:
    """Let threads share one heap, and keep large answers out of it, where the C library is glibc.

    It would make a heap for each thread. One thread makes pages and another lets go of them, which leaves holes in both
    heaps; whole answers among the small pieces that are made of them leave larger ones. Of 200 MB after 2 million
    records 50 were holes. Threads of Python seldom ask for memory at the same moment: it takes no more time.

    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    chosen = {"MALLOC_ARENA_MAX": (_M_ARENA_MAX, 1), "MALLOC_MMAP_THRESHOLD_": (_M_MMAP_THRESHOLD, _LARGE)}
    with contextlib.suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        for variable, option in chosen.items():
            if variable not in os.environ:  # the user's own choice
                library.mallopt(*option)
