"""The lecture's own list of names: fetched while the lab starts, never in a visitor's click."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from pooch import HTTPDownloader

from bigram.datasets import LECTURE

PATIENCE = 3.0  # seconds that the start waits for it
AWAY = (
    "The lecture's list is not on this server, which could not fetch it when it started. "
    "Choose another list, or upload the lecture's names.txt as own words."
)


def is_here() -> bool:
    return Path(LECTURE.path, "names.txt").is_file()


def fetch() -> threading.Thread:
    """Fetch it in the background. Who needs it joins the thread for as long as PATIENCE."""

    def try_it() -> None:
        with suppress(OSError, ValueError):  # no network, or not the file that is expected: it stays away
            downloader: Any = HTTPDownloader(timeout=PATIENCE)  # subtle: pooch declares a type that its own has not
            LECTURE.fetch("names.txt", downloader=downloader)

    thread = threading.Thread(target=try_it, daemon=True)
    thread.start()
    return thread
