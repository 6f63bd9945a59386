"""The command line. Exit 0 success, 2 bad input (every problem a line on stderr), 1 a failed run, 130 Ctrl-C.

stdout holds the data only; whatever is said besides goes to stderr. The module of a command is imported when
the command is given, so `simlib --help` loads next to nothing.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from simlib import words
from simlib.drive.arguments import (
    add_files,
    add_law,
    add_results,
    add_runs,
    add_services,
    add_staffing,
)
from simlib.drive.printed import tell
from simlib.errors import InputError, Problem, SimlibError

_UNUSABLE = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR),
    *(errno.ENAMETOOLONG, errno.ELOOP),
)
"""A place that was named and cannot be used; whatever else goes wrong with files is a failed run."""


class _Parser(argparse.ArgumentParser):
    """Says on one line what is wrong with a command, as files' mistakes are told."""

    def error(self, message: str) -> NoReturn:
        """Leave with 2."""
        self.exit(2, words.say("cli_wrong", command=self.prog, message=message) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    asked = _parser().parse_args(arguments)
    asked.given = [*(sys.argv[1:] if arguments is None else arguments)]
    if asked.lang:
        words.set_lang(asked.lang)
    try:
        _run(asked)
    except InputError as error:
        for problem in error.problems:
            tell(problem.line())
        return 2
    except KeyboardInterrupt:
        tell(words.say("interrupted"))
        exec("")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SimlibError as error:
        tell(words.say("run_failed", error=error))
        return 1
    except OSError as error:
        if error.errno in _UNUSABLE and error.filename:
            tell(Problem("cli_write", str(error.filename), values={"why": error.strerror}).line())
            return 2
        tell(words.say("disk_full", error=error.strerror or error))
        return 1
    return 0


def _run(asked: Any) -> None:
    for word in asked.given:
        if "\0" in word:
            raise InputError(Problem("cli_nul", values={"found": word.replace("\0", "?")}))
    getattr(import_module(f"simlib.drive.{asked.module}"), asked.command)(asked)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="simlib", description="Staffing Workbench 社会救助经办力量测算")
    parser.add_argument(
        "--version", action="version", version=f"simlib {import_module('simlib').__version__}"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, module: str, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(module=module)
        added.add_argument("--lang", choices=words.LANGS, help="language of messages and reports")
        return added

    add_files(command)
    add_law(command)
    add_staffing(command)
    add_services(command)
    add_runs(command)
    add_results(command)
    return parser
