"""What the programs of the terminal share: the options of a list, and how they end.

Each end is quiet or a sentence, and has the exit status that a shell expects.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable
from typing import Any, cast

from bigram.checks import visible
from bigram.datasets import Switches
from bigram.reading import FORMS, PROSE

WRONG, INTERRUPTED, CLOSED_PIPE = 2, 128 + 2, 128 + 13  # 128 and the number of the signal: SIGINT, SIGPIPE


SWITCHES: dict[str, dict[str, Any]] = {  # how a list is read
    "column": {"help": "of a table or JSON: the column of the words, its name or its number from 1; * for all cells"},
    "counts": {"help": "the column that says how often each word counts"},
    "lower": {"action": "store_true", "help": "make all letters small"},
    "remove": {"default": "", "metavar": "CHARACTERS", "help": "leave these characters out, such as ."},
    "unicode": {"default": "", "choices": FORMS[1:], "help": "the Unicode form of the words"},
    "prose": {"default": "", "choices": [*PROSE][1:], "help": "read running text by words or by sentences"},
}


def add_switches(parser: argparse.ArgumentParser) -> None:
    """The options that say how a list is read: those of `bigram.reading.read`."""
    for name, options in SWITCHES.items():
        parser.add_argument(f"--{name}", **options)


def switches_of(options: argparse.Namespace) -> Switches:
    """The switches that were given."""
    given = {name: value for name in SWITCHES if (value := getattr(options, name))}
    return cast(Switches, given)


def run(program: Callable[[], None]) -> None:
    """Run a program. What is wrong: one sentence, status 2. Ctrl-C: 130. Nobody reads the output any more: 141.

    Each line is written at once, so that a program whose reader has left ends with its next line.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the shell has closed it
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):  # a notebook has another kind
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        try:
            program()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except MemoryError:
        fail("There is too little memory for this. Take fewer words, a lower order, or python -m bigram.corpus.")
    except BrokenPipeError:
        drop_output()
        sys.exit(CLOSED_PIPE)
    except OSError as error:
        drop_output()
        fail(f"The output could not be written ({error}).")
    except ValueError as error:
        fail(str(error))


def fail(sentence: str) -> None:
    """End with a sentence on what is wrong."""
    print(f"bigram: {visible(sentence)}", file=sys.stderr)
    sys.exit(WRONG)


def drop_output() -> None:
    """What is still to be written goes nowhere; else Python would try again at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
