"""What is remembered for a class is what Gradio would have sent, and only that."""

import gzip
import re
import socket
from collections.abc import Iterator

import brotli
import delivery
import gradio as gr
import httpx
import pytest

HEAD = "<!-- of the lab -->"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, str]]:
    """A small page with and without delivery."""
    urls, pages = [], []
    for options in (delivery.options(HEAD), {}):
        with gr.Blocks(analytics_enabled=False) as page:
            gr.Textbox("hello")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        started = page.launch(prevent_thread_lock=True, quiet=True, server_port=port, app_kwargs=options)
        urls.append(started[1])
        pages.append(page)
    yield tuple(urls)
    for page in pages:
        page.close()


def raw(url: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """A response and its body as it came over the wire."""
    with httpx.stream("GET", url, headers={"accept-encoding": "identity", **headers}) as response:
        return response, b"".join(response.iter_raw())


def asset(url: str) -> str:
    return re.search(r"\./(assets/[\w-]+\.js)", httpx.get(url).text).group(1)


def test_the_first_page_is_gradios_with_our_head(served):
    ours, plain = (httpx.get(url).text for url in served)
    assert f"{HEAD}</head>" in ours
    assert '"hello"' in ours
    assert len(ours) - len(HEAD) == pytest.approx(len(plain), abs=200)  # ids of the apps differ


def test_a_file_is_the_same_in_every_encoding(served):
    path = asset(served[0])
    expected = httpx.get(served[1] + path).content
    plain, body = raw(served[0] + path)
    assert body == expected
    assert "content-encoding" not in plain.headers
    for encoding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        for _ in range(2):  # made, then remembered
            response, body = raw(served[0] + path, **{"accept-encoding": encoding})
            assert response.headers["content-encoding"] == encoding
            assert unpack(body) == expected
            assert "immutable" in response.headers["cache-control"]
            assert response.headers["vary"] == "Accept-Encoding"


def test_our_modules_are_served_under_their_version(served):
    url = served[0] + delivery.BASE.removeprefix("./") + "dom.js"
    response, body = raw(url)
    assert body == (delivery.MODULES / "dom.js").read_bytes()
    assert "immutable" in response.headers["cache-control"]
    assert raw(served[0] + delivery.BASE.removeprefix("./") + "none.js")[0].status_code == 404
    assert re.fullmatch(r"[0-9a-f]{12}", delivery.VERSION)


def test_an_unchanged_page_is_not_sent_again(served):
    first, body = raw(served[0])
    assert first.headers["cache-control"] == "no-cache"
    again, empty = raw(served[0], **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, empty) == (304, b"")
    assert raw(served[0], **{"if-none-match": '"other"'})[1] == body


def test_each_host_gets_its_own_page_and_many_push_no_file_out(served):
    path = asset(served[0])
    raw(served[0] + path)
    for number in range(40):
        host = f"visitor{number}.example"
        page = raw(served[0], **{"x-forwarded-host": host, "x-forwarded-proto": "https"})[1].decode()
        assert f'"root":"https://{host}"' in page
    assert raw(served[0] + path)[0].status_code == 200


def test_what_is_not_for_all_passes_through(served):
    with httpx.Client(base_url=served[0]) as client:
        assert client.head("").status_code == 200
        assert client.get("config").json()["version"] == gr.__version__
        assert client.get("assets/none.js").status_code == 404
        assert client.get("", params={"deep_link": "x"}).status_code == 200
        part = client.get(asset(served[0]), headers={"range": "bytes=0-9", "accept-encoding": "identity"})
        assert part.status_code in (200, 206)
