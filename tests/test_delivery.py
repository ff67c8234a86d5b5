"""What is remembered for a class is what Gradio would have sent, and only that."""

import asyncio
import gzip
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import brotli
import gradio as gr
import httpx
import pytest

from demo.web import delivery

HEAD = "<!-- of the lab -->"
UNPACK = {"identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


def launch(**options: Any) -> tuple[gr.Blocks, str]:
    """A small page, served by Gradio."""
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Textbox("hello")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page.launch(prevent_thread_lock=True, quiet=True, server_port=port, **options)
    return page, f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, str]]:
    """The address of a page with delivery, and of one without."""
    pages, urls = zip(*(launch(app_kwargs=options) for options in (delivery.options(HEAD), {})))
    yield urls
    for page in pages:
        page.close()


def raw(url: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """A response and its body as it came over the wire."""
    with httpx.stream("GET", url, headers={"accept-encoding": "identity", **headers}) as response:
        return response, b"".join(response.iter_raw())


def asset(url: str) -> str:
    return re.search(r"\./(assets/[\w-]+\.js)", httpx.get(url).text).group(1)


def small_asset() -> str:
    """A file that Gradio finds just worth compressing."""
    folder = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
    return f"assets/{next(file.name for file in sorted(folder.glob('*.css')) if 400 <= file.stat().st_size < 500)}"


def root(url: str, **headers: str) -> str:
    """The address that the page takes for its own."""
    return re.search(r'"root":"([^"]*)"', raw(url, **headers)[1].decode()).group(1)


# The page as Gradio serves it.


@pytest.mark.parametrize("encoding", UNPACK)
def test_the_first_page_is_gradios_with_our_head(served, encoding):
    ours, body = raw(served[0], **{"accept-encoding": encoding})
    page, plain = UNPACK[encoding](body).decode(), httpx.get(f"{served[0]}?page=").text  # Gradio's own answer
    assert page.count(f"{HEAD}</head>") == 1
    assert page.replace(HEAD, "", 1) == delivery.SOCIAL.sub(b"", plain.encode()).decode()
    assert ours.headers.get("content-encoding", "identity") == encoding
    assert ours.headers["content-type"] == "text/html; charset=utf-8"
    assert ours.headers["cache-control"] == "no-cache"
    assert ours.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("encoding", UNPACK)
def test_a_file_is_the_same_in_every_encoding(served, encoding):
    path = asset(served[0])
    expected = httpx.get(served[1] + path).content
    for _ in range(2):  # made, then remembered
        response, body = raw(served[0] + path, **{"accept-encoding": encoding})
        assert response.headers.get("content-encoding", "identity") == encoding
        assert UNPACK[encoding](body) == expected
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["vary"] == "Accept-Encoding"
        assert int(response.headers["content-length"]) == len(body)


def test_what_gradio_compresses_for_one_is_whole_for_the_next(served):
    """Gradio takes `brx` for brotli, and writes into the headers that it is given."""
    for path in ("theme.css", asset(served[0]), small_asset()):
        expected = httpx.get(served[1] + path).content
        for accepted in ("brx", "br;q=0", "identity", "br", "br", "gzip", "identity"):
            response, body = raw(served[0] + path, **{"accept-encoding": accepted})
            assert UNPACK[response.headers.get("content-encoding", "identity")](body) == expected
            assert int(response.headers["content-length"]) == len(body)


def test_a_file_without_a_hash_in_its_name_is_kept_for_a_while(served):
    for path in ("theme.css", "static/js/iframeResizer.contentWindow.min.js"):
        response, body = raw(served[0] + path)
        assert body == httpx.get(served[1] + path).content
        assert response.headers["cache-control"] == "public, max-age=600"


def test_a_font_is_not_compressed_again(served):
    path = "static/fonts/SourceSansPro/SourceSansPro-Regular.woff2"
    response, body = raw(served[0] + path, **{"accept-encoding": "br, gzip"})
    assert "content-encoding" not in response.headers
    assert body == httpx.get(served[1] + path).content


def test_our_modules_are_served_under_their_version(served):
    folder = served[0] + delivery.BASE.removeprefix("./")
    response, body = raw(folder + "core/dom.js")
    assert body == delivery.MODULES["core/dom.js"]
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert raw(folder + "styles/lab.css")[0].headers["content-type"] == "text/css; charset=utf-8"
    for name in ("none.js", "", "..%2f__init__.py"):
        missing = raw(folder + name)[0]
        assert missing.status_code == 404
        assert "cache-control" not in missing.headers
    assert re.fullmatch(r"\./gradio_api/lab/[0-9a-f]{12}/", delivery.BASE)


@pytest.mark.parametrize("path", sorted(delivery.FOLDER.rglob("*.js")), ids=lambda path: path.stem)
def test_a_module_travels_without_its_comments_and_with_all_its_code(path):
    lines = iter(path.read_text("utf-8").splitlines())
    sent = delivery.MODULES[path.relative_to(delivery.FOLDER).as_posix()].decode()
    assert "\n//" not in sent
    assert "/**" not in sent.replace("/** @type", "")  # a cast is part of a line of code
    text = False  # whether a template literal is open: nothing in it is a comment
    for line in sent.splitlines():
        for left_out in iter(lines.__next__, line):
            assert re.match(r" *(//|/\*\*| \*)", left_out)
            assert not text
        text ^= line.count("`") % 2
    assert not list(filter(lambda line: not line.lstrip().startswith("//"), lines))


def test_all_style_sheets_travel_as_one(served):
    sheets = {name: delivery.MODULES[f"styles/{name}.css"].decode() for name in delivery.STYLES}
    assert set(delivery.STYLES) == {path.stem for path in (delivery.FOLDER / "styles").glob("*.css")}
    response, body = raw(served[0] + delivery.BASE.removeprefix("./") + "styles.css")
    assert body.decode() == "\n".join(sheets[name] for name in delivery.STYLES)
    assert response.headers["content-type"] == "text/css; charset=utf-8"


def test_what_a_module_imports_is_found_by_its_own_place(monkeypatch):
    modules = {
        "a.js": b"import { x } from './in/b.js';\nimport {\n  y,\n} from './c.js';\nawait import('./later.js');\n",
        "in/b.js": b"import '../c.js';\nexport { w } from './d.js';\n// import x from './comment.js'\n",
        "c.js": b"import { a } from './a.js';\n",  # in a circle
        "in/d.js": b"",
    }
    monkeypatch.setattr(delivery, "MODULES", modules)
    assert delivery.imported_by("a.js") == ["a.js", "in/b.js", "c.js", "in/d.js"]


def test_what_a_browser_has_is_not_sent_again(served):
    for path in ("", asset(served[0]), "theme.css"):
        first, body = raw(served[0] + path)
        tag = first.headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}'):
            again, empty = raw(served[0] + path, **{"if-none-match": known})
            assert (again.status_code, empty) == (304, b"")
            assert again.headers["etag"] == tag
            assert again.headers["cache-control"] == first.headers["cache-control"]
        assert raw(served[0] + path, **{"if-none-match": '"other"'})[1] == body
        if path:
            assert raw(served[0] + path, **{"accept-encoding": "br"})[0].headers["etag"] != tag


def test_each_address_gets_its_own_page(served):
    port = served[0].rsplit(":", 1)[1].rstrip("/")
    assert root(served[0]) == served[0].rstrip("/")
    assert root(served[0], host=f"localhost:{port}") == f"http://localhost:{port}"
    behind = {"x-forwarded-host": "lab.example", "x-forwarded-proto": "https"}
    assert root(served[0], **behind) == "https://lab.example"
    assert root(served[0], **{"x-forwarded-host": "lab.example"}) == "http://lab.example"
    assert root(served[0], **{"x-gradio-server": "http://node.example"}) == "http://node.example"
    assert root(served[0]) == served[0].rstrip("/")


def test_what_is_not_for_all_passes_through(served):
    with httpx.Client(base_url=served[0]) as client:
        assert client.head("").status_code == 200
        assert "etag" not in client.head("").headers
        assert client.get("config").json()["version"] == gr.__version__
        assert client.get("assets/none.js").status_code == 404
        for query in ({"deep_link": "x"}, {"all_endpoints": "true"}):
            assert "etag" not in client.get("", params=query).headers
        part = client.get(asset(served[0]), headers={"range": "bytes=0-9", "accept-encoding": "identity"})
        assert (part.status_code, len(part.content)) == (206, 10)


def test_below_a_path_the_page_knows_where_it_lies():
    page, url = launch(root_path="/school", app_kwargs=delivery.options(HEAD))
    try:
        for below in (url, f"{url}school/"):  # as a proxy sends it that strips the path, and one that does not
            for _ in range(2):
                assert root(below) == f"{url}school"
                for path in (delivery.BASE.removeprefix("./") + "core/dom.js", asset(url)):
                    response = raw(below + path)[0]
                    assert response.status_code == 200
                    assert "immutable" in response.headers["cache-control"]
    finally:
        page.close()


def test_a_page_with_a_password_is_not_remembered():
    page, url = launch(auth=("teacher", "secret"), app_kwargs=delivery.options(HEAD))
    try:
        with httpx.Client(base_url=url) as teacher:
            teacher.post("login", data={"username": "teacher", "password": "secret"}).raise_for_status()
            assert '"username":"teacher"' in teacher.get("").text
        assert '"auth_required":true' in httpx.get(url).text
    finally:
        page.close()


# The memory alone, before an app that counts what it is asked.


class App:
    """Answers each path with its own text, and keeps what reached it."""

    def __init__(
        self, auth: Any = None, auth_dependency: Any = None, status: int = 200, text: bytes = b"<head></head>"
    ):
        self.auth, self.auth_dependency, self.status, self.text = auth, auth_dependency, status, text
        self.blocks = object()
        self.asked: list[dict] = []

    async def __call__(self, scope, receive, send):
        self.asked.append(scope)
        await asyncio.sleep(0.01)
        headers = [(b"content-type", b"text/html"), (b"content-length", b"9")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        for part in (self.text, scope["path"].encode()):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})


def scope_of(app: Any, path: str = "/", query: bytes = b"", method: str = "GET", **headers: str) -> dict:
    pairs = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return dict(type="http", method=method, path=path, query_string=query, headers=pairs, scheme="http", app=app)


def ask(memory: delivery.Delivery, *scopes: dict) -> list[SimpleNamespace]:
    """All of these questions at once."""

    async def one(scope: dict) -> SimpleNamespace:
        sent = []

        async def send(message):
            sent.append(message)

        await memory(scope, None, send)
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return SimpleNamespace(status=sent[0]["status"], headers=dict(sent[0]["headers"]), body=body)

    async def all_of_them() -> list[SimpleNamespace]:
        return await asyncio.gather(*map(one, scopes))

    return asyncio.run(all_of_them())


def test_a_class_that_asks_at_once_is_one_question():
    app = App()
    memory = delivery.Delivery(app, HEAD)
    answers = ask(memory, *[scope_of(app, host="a") for _ in range(30)])
    assert {one.body for one in answers} == {f"<head>{HEAD}</head>/".encode()}
    assert len(app.asked) == 1
    assert memory.making == {}
    ask(memory, scope_of(app, host="a", cookie="other", user_agent="other"), scope_of(app, query=b"?v=1", host="a"))
    assert len(app.asked) == 1


def test_nothing_of_a_visitor_reaches_others_but_what_is_told_apart():
    app = App()
    memory = delivery.Delivery(app)
    known = {name.replace("-", "_"): "a" for name in delivery.ORIGIN}
    ask(memory, scope_of(app, query=b"v=1", cookie="mine", x_other="mine", if_none_match='"1"', **known))
    (seen,) = app.asked
    assert sorted(seen["headers"]) == sorted((name.encode(), b"a") for name in delivery.ORIGIN)
    assert seen["query_string"] == b""
    for changed in (*known, "accept_encoding"):
        ask(memory, scope_of(app, **known | {changed: "br"}))
    ask(memory, {**scope_of(app, **known), "scheme": "https"}, {**scope_of(app, **known), "root_path": "/school"})
    assert len(app.asked) == 1 + len(known) + 3


def test_a_page_that_hot_reload_replaced_is_made_anew():
    app = App()
    memory = delivery.Delivery(app)
    ask(memory, scope_of(app))
    app.blocks = object()
    ask(memory, scope_of(app))
    assert len(app.asked) == 2


def test_hostile_addresses_fill_no_memory_and_push_out_neither_a_file_nor_the_page_that_others_ask_for():
    app = App()
    memory = delivery.Delivery(app)
    file, page = scope_of(app, "/assets/a.js"), scope_of(app, host="school.example")
    ask(memory, file, page)
    ask(memory, page)
    ask(memory, *[scope_of(app, host=f"visitor{number}.example") for number in range(100)])
    assert len(memory.pages) == memory.pages.maxsize == 16
    before = len(app.asked)
    ask(memory, file, page)
    assert len(app.asked) == before


def test_files_are_bounded_by_their_size():
    app = App()
    memory = delivery.Delivery(app)
    memory.files = delivery.LRUCache(5_000, getsizeof=memory.files.getsizeof)
    ask(memory, *[scope_of(app, f"/assets/{number}.js") for number in range(10)])
    assert len(memory.files) == 4  # a thousand each, for the headers


@pytest.mark.parametrize(("size", "encoding"), [(300, None), (301, b"br"), (399, b"br")])
def test_nothing_is_left_for_gradio_to_compress_anew(size, encoding):
    """Gradio compresses from 400 bytes on."""
    app = App(text=b" " * (size - 1))
    (answer,) = ask(delivery.Delivery(app), scope_of(app, accept_encoding="br"))
    assert answer.headers.get(b"content-encoding") == encoding


def test_who_writes_into_an_answer_changes_no_other():
    app = App()
    memory = delivery.Delivery(app)

    async def vandal(message: dict) -> None:
        message.get("headers", []).clear()

    asyncio.run(memory(scope_of(app), None, vandal))
    (answer,) = ask(memory, scope_of(app))
    assert answer.headers[b"content-length"] == b"14"


@pytest.mark.parametrize("status", [404, 500, 302])
def test_a_failure_is_passed_on_and_not_remembered(status):
    app = App(status=status)
    memory = delivery.Delivery(app, HEAD)
    for _ in range(2):
        (answer,) = ask(memory, scope_of(app, "/assets/a.js"))
        assert (answer.status, answer.body) == (status, b"<head></head>/assets/a.js")
        assert b"cache-control" not in answer.headers
    assert len(app.asked) == 2


def test_an_error_reaches_all_who_asked_and_the_next_asks_anew():
    async def broken(scope, receive, send):
        raise RuntimeError("broken")

    memory = delivery.Delivery(broken)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="broken"):
            ask(memory, scope_of(App()))
    assert memory.making == {}


def test_an_answer_for_all_cannot_be_changed_by_one():
    with pytest.raises(AttributeError):
        delivery.Answer(200, (), b"").body = b"other"


def test_who_leaves_stops_nobody():
    app = App()
    memory = delivery.Delivery(app)

    async def leave() -> None:
        first = asyncio.create_task(memory.answer(delivery.Question.of(scope_of(app)), scope_of(app)))
        await asyncio.sleep(0.001)
        first.cancel()
        await asyncio.sleep(0.05)

    asyncio.run(leave())
    ask(memory, scope_of(app))
    assert len(app.asked) == 1


@pytest.mark.parametrize(
    "scope",
    [
        scope_of(App(), method="HEAD"),
        scope_of(App(), method="POST"),
        scope_of(App(), "/config"),
        scope_of(App(), "/assets/a.js", range="bytes=0-9"),
        scope_of(App(auth=lambda name, password: True)),
        scope_of(App(auth_dependency=lambda request: None)),
        *(scope_of(App(), query=b"v=1&" + name) for name in (b"deep_link=a", b"page=a", b"all_endpoints=1")),
    ],
)
def test_what_depends_on_more_is_not_remembered(scope):
    assert delivery.Question.of(scope) is None


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP;q=0.5 , br; q=0", "gzip"),
        ("br;q=0.000, gzip;q=0", "identity"),
        ("br;q=1.0", "br"),
        ("brx, x-gzip, identity", "identity"),
    ],
)
def test_the_best_encoding_that_is_accepted(accepted, encoding):
    assert delivery.encoding_of(accepted) == encoding
