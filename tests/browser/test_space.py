"""A dress rehearsal: the lab in a process of its own, as a Space or a school runs it, and a visitor who opens it there.

It runs as another user, who has no home and may write nowhere in the repository, with the variables of a Space: once
with server-side rendering, once below a path of another server. A slide frames it from another origin.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Frame, expect

from demo.experiment import Experiment
from tests.browser.visitor import box, press

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
# Another user, who may read all and write nothing. Who is not root already may write nothing but what is his own.
NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all,+dac_read_search".split()
AS_NOBODY = [*NOBODY, "--ambient-caps=+dac_read_search"] if os.geteuid() == 0 else []
SPACE = {"SYSTEM": "spaces", "SPACE_ID": "school/bigram-lab", "SPACE_HOST": "school-bigram-lab.hf.space"}
AWAY = {"HOME": "/nowhere", "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1,localhost"}  # no network
BELOW = "/school/lab"
FOOTERS = """
seen = [];
const look = () => {
    const footer = document.querySelector('footer');
    if (footer) seen.push(footer.offsetHeight);
    requestAnimationFrame(look);
};
look();
"""
LINK = Experiment(data="us-1880", steps=20).query()


@pytest.fixture(scope="module")
def labs(tmp_path_factory) -> Iterator[dict[str, str]]:
    """The addresses of the lab rendered on the server, of the lab below a path, and of a slide on another origin."""
    if not shutil.which("node"):
        sentence = "There is no Node, which renders the page on the server. Install the package nodejs."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
    folder, logs = tmp_path_factory.mktemp("space"), tmp_path_factory.mktemp("logs")
    for part in ("bigram", "demo"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)
    written = subprocess.run([*AS_NOBODY, "touch", folder / "demo/x"], capture_output=True)
    assert written.returncode != 0, "The repository can be written: this is no rehearsal."

    processes = []

    def start(**variables: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        env = {"PATH": os.environ["PATH"], "GRADIO_SERVER_PORT": port, **SPACE, **AWAY, **variables}
        with (logs / port).open("w") as log:
            command = [*AS_NOBODY, sys.executable, "demo/app.py"]
            processes.append(
                subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True)
            )
        return f"http://127.0.0.1:{port}"

    labs = {"rendered": start(GRADIO_SSR_MODE="true"), "below": start(GRADIO_SSR_MODE="false", GRADIO_ROOT_PATH=BELOW)}
    for address, process in zip(labs.values(), processes):
        for _ in range(900):
            assert process.poll() is None, (logs / address.rsplit(":")[-1]).read_text()[-2_000:]
            try:
                httpx.get(address, timeout=60)
                break
            except httpx.ConnectError:
                time.sleep(0.1)
    server = ThreadingHTTPServer(("127.0.0.1", 0), proxy_to(labs["below"]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    labs["below"] = f"http://127.0.0.1:{server.server_port}{BELOW}"
    yield labs | {"slide": f"http://localhost:{server.server_port}/slide"}
    server.shutdown()
    server.server_close()
    for process in processes:
        os.killpg(process.pid, signal.SIGKILL)  # Node, too
        process.wait()


def proxy_to(lab: str) -> type[BaseHTTPRequestHandler]:
    """A web server that has the lab below a path, and a slide that frames what its address names."""
    client = httpx.Client(timeout=None, limits=httpx.Limits(max_connections=None))

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/slide?"):
                frame = f"<!doctype html><iframe src='{self.path[7:]}' width=1200 height=800></iframe>"
                self.answer(200, [(b"content-type", b"text/html")], [frame.encode()])
            elif self.path.startswith(f"{BELOW}/"):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                asked = (self.command, lab + self.path.removeprefix(BELOW))
                with client.stream(*asked, headers=dict(self.headers), content=body) as reply:
                    self.answer(reply.status_code, reply.headers.raw, reply.iter_raw())
            else:
                self.answer(204 if self.path == "/favicon.ico" else 404, [], [])

        do_POST = do_HEAD = do_GET

        def answer(self, status: int, headers: list, parts) -> None:
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in (b"transfer-encoding", b"connection"):
                    self.send_header(name.decode(), value.decode())
            self.end_headers()
            try:
                for part in parts:
                    self.wfile.write(part)
            except ConnectionError:
                pass  # the visitor has left

        def log_message(self, *_) -> None:
            pass

    return Proxy


def expect_trained(page: Frame, steps: int) -> None:
    expect(page.locator("#status")).to_have_text(f"Trained: {steps} steps.")
    expect(page.locator("#two-ways .clock")).to_have_text(f"step {steps} of {steps}")


@pytest.mark.parametrize("where", ["rendered", "below"])
def test_a_slide_shows_the_experiment_of_its_link_and_never_the_footer(labs, where, new_page):
    page = new_page()  # with its faults: no error in the console, no request to another host
    page.add_init_script(FOOTERS)
    page.goto(f"{labs[where]}/{LINK}&embed=1")
    expect(page.locator("#two-ways .clock")).to_have_text("step 20 of 20")
    assert ("/_app/immutable/" in page.content()) == (where == "rendered")
    seen = page.evaluate("seen")
    assert len(seen) > 3
    assert set(seen) == {0}


@pytest.mark.parametrize("where", ["rendered", "below"])
def test_in_a_frame_of_another_origin_train_works_and_what_cannot_be_copied_is_selected(labs, where, new_page, faults):
    page = new_page()
    page.goto(f"{labs['slide']}?{labs[where]}/{LINK}")
    frame = next(frame for frame in page.frames if frame.parent_frame)
    expect_trained(frame, 20)
    expect(frame.locator("footer")).to_be_visible()
    expect(frame.locator("#setting-data select")).to_have_value("us-1880")
    press(frame, "Change")  # the frame has no room for the form
    box(frame, "setting-steps").fill("30")
    press(frame, "Train")
    expect_trained(frame, 30)
    link = f"{labs[where]}/{Experiment(data='us-1880', steps=30).query()}"
    assert frame.evaluate("location.href") == link

    press(frame, "Share")
    frame.locator("#copy").click()
    expect(frame.locator("#share")).to_contain_text("The link is selected: press Ctrl+C.")
    assert frame.evaluate("getSelection().toString()") == link
    frame.get_by_role("tab", name="Code", exact=True).click()
    expect(frame.locator("#terminal pre")).to_contain_text("--steps 30")
    frame.locator("#terminal button").click()
    expect(frame.locator("#terminal .copied")).to_have_text("The text is selected: press Ctrl+C.")
    assert re.match(r"python -m bigram .*--steps 30", frame.evaluate("getSelection().toString()"))
    faults[:] = [fault for fault in faults if "The Clipboard API has been blocked" not in fault]  # what was meant
