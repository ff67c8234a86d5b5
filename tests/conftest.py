"""What every test shares: the lecture's list where it lies beside the repository, the lecture's loop, no network."""

import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from jaxtyping import install_import_hook
from torch.utils.benchmark import Timer

from tests.programs import Python

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1", GRADIO_MCP_SERVER="True")  # Gradio reads them
os.environ["PYDANTIC_ERRORS_INCLUDE_URL"] = "0"  # as in demo/app.py: pydantic reads it with its first error
NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no CUDA GPU here.")
LOCAL = ("127.0.0.1", "::1", "localhost")

if (SHARED / "names.txt").is_file():
    os.environ.setdefault("BIGRAM_DATA_DIR", str(SHARED))  # subtle: `bigram.datasets` reads it when it is imported
install_import_hook("bigram", "beartype.beartype")  # subtle: before its first import; calls are checked for shapes
torch.set_num_threads(1)  # the tables are tiny: threads would only wait for one another
settings.register_profile("bigram", deadline=None, max_examples=50)  # no test depends on the time it takes
settings.load_profile("bigram")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m "not browser and not engines"` leaves out these folders: what they import takes seconds."""
    return True if f"not {collection_path.name}" in config.option.markexpr.split(" and ") else None


@pytest.fixture(scope="session", autouse=True)
def only_this_machine():
    """Every connection out of this machine is refused: no test depends on the network."""

    def guarded(connect):
        def connect_here(sock, address):
            if sock.family != socket.AF_UNIX and address[0] not in LOCAL:
                raise ConnectionRefusedError(f"A test may not reach {address[0]}.")
            return connect(sock, address)

        return connect_here

    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex"):
            patch.setattr(socket.socket, method, guarded(getattr(socket.socket, method)))
        yield


@pytest.fixture(scope="session", autouse=True)
def timed_once():
    """What is timed runs once, and not for a part of a second: no test depends on a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Timer, "blocked_autorange", lambda timer, **options: timer.timeit(1))
        yield


@pytest.fixture(
    scope="session",
    params=[
        "cpu",
        pytest.param("cuda", marks=[pytest.mark.cuda, NO_GPU]),
    ],
)
def device(request) -> str:
    """Each device of this machine."""
    return request.param


@pytest.fixture(scope="session")
def lecture_grams():
    """The lecture's own double loop, an oracle for every order: the ids of each n-gram, one at a time."""

    def grams(words: Sequence[str], order: int) -> Iterator[tuple[int, ...]]:
        stoi = {s: i + 1 for i, s in enumerate(sorted(set("".join(words))))}
        stoi["."] = 0
        for word in words:
            chs = ["."] * (order - 1) + list(word) + ["."]
            for gram in zip(*(chs[start:] for start in range(order))):
                yield tuple(stoi[ch] for ch in gram)

    return grams


@pytest.fixture(scope="session")
def python() -> Iterator[Python]:
    """Starts Python programs in processes of their own, each at once."""
    with Python() as forking:
        yield forking


@pytest.fixture(scope="session")
def lab() -> Iterator:
    """The lab, served once for all tests of the page and of the API."""
    from demo import app

    with socket.socket() as free:  # a port of our own: Gradio's search for one leaves its sockets open
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = app.build()
    app.serve(page, prevent_thread_lock=True, quiet=True, server_port=port)
    yield page
    page.close()


@pytest.fixture(scope="session")
def url(lab) -> str:
    """The address of the served lab."""
    return lab.local_url
