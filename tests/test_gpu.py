"""CUDA where there is a GPU, where ZeroGPU lends one (a stand-in of its scheduler), and where there is none."""

import json
import pickle
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import torch

from demo.compute import gpu, results, runs, turns
from demo.compute.cache import MEMORY
from demo.compute.turns import turn
from demo.experiment import Experiment

ROOT = Path(__file__).parents[1]
START = """
import sys, torch
torch.version.cuda = torch.version.cuda or "13.0"  # as on ZeroGPU, whose PyTorch is built for CUDA
torch._C._cuda_init, torch.cuda._is_in_bad_fork = getattr(torch._C, "_cuda_init", None), bool
from demo import app
app.serve(app.build(), server_port={}, quiet=True)
"""
E_CUDA = Experiment.model_construct(**dict(Experiment(data="us-1880", steps=5)) | {"device": "cuda"})


def test_a_call_lets_others_compute_meanwhile():
    seen = []
    call = gpu.call(lambda: seen.append(turns.busy))
    with turn(3.0):
        call()
        assert turns.mine.price == 3.0
    assert seen == [False]


@pytest.mark.parametrize("title", ["ZeroGPU quota exceeded", None])
def test_where_no_gpu_is_to_be_had_a_sentence_says_so(title, capsys):
    def refused():
        error = (ValueError if title else RuntimeError)("CUDA error at /usr/lib/x.so")
        if title:
            error.title = title
        raise error

    with pytest.raises(ValueError, match=r"^No GPU can be had now.* Choose the device cpu") as caught:
        gpu.call(refused)()
    assert ("(ZeroGPU quota exceeded)" in str(caught.value)) == bool(title)
    assert "/usr" not in str(caught.value)
    assert "CUDA error" in capsys.readouterr().err  # for who keeps the server


def test_a_sentence_of_the_lab_is_left_as_it_is():
    def wrong():
        raise ValueError("The order must be 2, 3 or 4.")

    with pytest.raises(ValueError, match=r"^The order must be 2, 3 or 4\.$"):
        gpu.call(wrong)()


def test_what_a_call_takes_and_gives_can_be_sent_to_another_process(monkeypatch):
    """As ZeroGPU does. Its GPU is the CPU here: nothing but the name of the device differs."""
    MEMORY.clear()

    def lent(function):
        def call(*args):
            args = pickle.loads(pickle.dumps([a if not isinstance(a, Experiment) else dict(a) for a in args]))
            args = [Experiment(**a | {"device": "cpu"}) if isinstance(a, dict) else a for a in args]
            args = ["cpu" if a == "cuda" else a for a in args]
            return pickle.loads(pickle.dumps(function(*args)))

        return call

    monkeypatch.setattr(runs, "at_once", lent(runs.at_once.__wrapped__))
    monkeypatch.setattr(results, "milliseconds_there", lent(results.milliseconds))
    there, here = runs.trained(E_CUDA), runs.trained(Experiment(data="us-1880", steps=5))
    assert torch.equal(there.W, here.W)
    assert (there.objective, there.nll) == (here.objective, here.nll)
    less = runs.trained(E_CUDA.model_copy(update={"steps": 3}))
    assert less.nll == here.nll[:4]
    assert len(runs.trained(E_CUDA).nll) == 6
    assert results.time_form(E_CUDA, 2, 100, "rows").both > 0


def test_a_newer_run_of_the_page_ends_one_that_is_computed_at_once():
    e = Experiment(data="us-1880", form="onehot", steps=2_000)  # for half a minute
    words, ended = runs.corpus(e), []

    def long_run() -> None:
        with turns.working_for("page", 1), turn(30.0):
            begun.set()
            with pytest.raises(turns.Unwanted):
                runs.at_once(e, words, e.steps)
            ended.append(True)

    begun, thread = threading.Event(), threading.Thread(target=long_run)
    thread.start()
    begun.wait()
    with turns.working_for("page", 2), turn():
        pass
    thread.join(20)
    assert ended == [True]


@pytest.fixture
def scheduler():
    """What ZeroGPU's scheduler answers, and what it was asked."""
    asked = []

    class Scheduler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("content-length", 0)))
            lends = {"idle": False, "nvidiaIndex": 0, "nvidiaUUID": "GPU-0", "allowToken": "token"}
            body = json.dumps(lends if self.path.startswith("/schedule") else None).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Scheduler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_zerogpu_is_told_at_the_start_and_asked_for_each_run(scheduler, tmp_path, python):
    pytest.importorskip("spaces")
    address, asked = scheduler
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    space = {"SPACES_ZERO_GPU": "true", "SPACES_ZERO_DEVICE_API_URL": address, "HOME": str(tmp_path)}
    process = python.start("-c", START.format(port), first="", **space)
    try:
        url = f"http://127.0.0.1:{port}/"
        for _ in range(600):
            assert process.poll() is None, process.communicate()
            try:
                parts = httpx.get(f"{url}config", timeout=60).json()["components"]
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        part = next(part["id"] for part in parts if part["props"].get("elem_id") == "two-ways")
        question = {"experiment": dict(E_CUDA) | {"seed": "1"}, "lead": ""}
        body = {"data": question, "component_id": part, "fn_name": "two_ways", "session_hash": "a"}
        reply = httpx.post(f"{url}gradio_api/component_server/", json=body, timeout=60).json()
    finally:
        process.kill()
        process.wait()
    assert asked[0] == "/startup-report"
    assert any("durationSeconds=30" in path for path in asked if path.startswith("/schedule")), (asked, reply)
    assert reply["on_cpu"]
    assert reply["error"].startswith("No GPU can be had now (ZeroGPU worker error).")  # lent, but there is none here
