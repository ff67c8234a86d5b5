"""The API through `gradio_client`, as its users call it: the numbers of `bigram`, refusals as sentences."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

import bigram
from demo.api import endpoints
from demo.compute import results, runs
from demo.experiment import Experiment


@pytest.fixture(scope="module")
def client(url) -> Client:
    return Client(url, verbose=False)


def test_train_gives_the_numbers_and_names_of_the_lab(client, url):
    e = Experiment(steps=20, order=3, seed=2**63 - 1, draws=3, split=7)
    answer = client.predict(steps=20, order=3, seed=2**63 - 1, draws=3, split=7, api_name="/train")
    view = runs.trained(e)
    assert answer["link"] == url + e.query()
    assert {key: answer[key] for key in results.summary(view)} == results.summary(view)
    assert answer["curve"] == {"steps": list(range(21)), "loss": view.objective}
    for title, P in results.tables(view).items():
        assert answer["names"][title] == bigram.sample(P, view.corpus.vocab, 3, e.draw_seed)


@pytest.mark.parametrize(
    ("root_path", "address"), [("", "https://school.example/"), ("/ab", "https://school.example/ab/")]
)
def test_a_link_begins_with_the_address_that_the_caller_asked(url, lab, monkeypatch, root_path, address):
    monkeypatch.setattr(lab.app, "root_path", root_path)
    proxy = {"x-forwarded-host": "school.example", "x-forwarded-proto": "https"}
    calls = f"{url}gradio_api/call"
    event = httpx.post(f"{calls}/v2/train", json={"steps": 0}, headers=proxy).json()["event_id"]
    answer = httpx.get(f"{calls}/train/{event}").text
    assert json.loads(answer.split("data: ")[-1])[0]["link"] == f"{address}?v=1&steps=0"


def test_a_diverged_table_draws_no_names(client):
    answer = client.predict(data="us-1880", steps=200, lr=1000.0, l2=100.0, api_name="/train")
    assert (answer["descended_nll"], answer["names"]["descended"]) == (None, [])
    assert len(answer["names"]["counted"]) == 10


def test_score_gives_the_surprise_of_each_character_and_null_where_it_is_infinite(client):
    link = "http://lab/?v=1&k=0"
    answer = client.predict(name="andrejq", link=link, api_name="/score")
    expected = results.score(runs.trained(Experiment(k=0.0)), "andrejq")
    assert answer["counted"] == [None if value == float("inf") else value for value in expected["counted"]]
    assert None in answer["counted"]
    assert answer["descended"] == expected["descended"]


def test_sample_draws_from_both_tables(client):
    answer = client.predict(count=5, seed=3, link="?steps=30", api_name="/sample")
    view = runs.trained(Experiment(steps=30))
    assert answer == {title: bigram.sample(P, view.corpus.vocab, 5, 3) for title, P in results.tables(view).items()}


def test_sample_draws_10_names_unless_told_otherwise(client):
    answer = client.predict(link="?data=us-1880", api_name="/sample")
    assert [len(names) for names in answer.values()] == [10, 10]


def test_sweep_names_the_best_smoothing(client):
    answer = client.predict(setting="k", link="?data=us-1880", api_name="/sweep")
    expected = results.sweep_k(Experiment(data="us-1880"))
    assert answer["dev"][1:] == expected.dev[1:]
    assert answer["best"] == expected.values[expected.best]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ({"steps": -1, "api_name": "/train"}, "from 0 to 2,000"),
        ({"steps": True, "api_name": "/train"}, "from 0 to 2,000"),
        ({"lr": "NaN", "api_name": "/train"}, "from 0.001 to 1,000"),
        ({"lr": None, "api_name": "/train"}, "nothing was given"),
        ({"seed": 2**64, "api_name": "/train"}, "2^63"),
        ({"k": "many", "api_name": "/train"}, "from 0 to 1,000"),
        ({"data": "own", "words": "em.ma", "api_name": "/train"}, "boundary of words"),
        ({"order": 4, "form": "onehot", "api_name": "/train"}, "Choose counts as the forward pass"),
        ({"device": "cuda", "api_name": "/train"}, "cpu"),
        ({"name": "", "api_name": "/score"}, "Type one"),
        ({"name": "é", "api_name": "/score"}, "'é' is not one of"),
        ({"name": "emma", "link": "?steps=x", "api_name": "/score"}, "from 0 to 2,000"),
        ({"count": 0, "api_name": "/sample"}, "from 1 to 200"),
        ({"setting": "lr", "api_name": "/sweep"}, "k or l2"),
        ({"name": 5, "api_name": "/score"}, "The name (name) must be text; 5 is not."),
        ({"name": "emma", "link": None, "api_name": "/score"}, "The link (link) must be text; None is not."),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else "",
)
def test_what_is_not_allowed_is_refused_in_a_sentence(client, call, sentence):
    with pytest.raises(AppError) as caught:
        client.predict(**call)
    assert sentence in str(caught.value)


def test_the_settings_of_a_call_have_the_types_of_the_experiment():
    expected = {
        "data": str, "words": str, "table": str, "sha": str, "order": int, "k": float, "steps": int, "lr": float,
        "l2": float, "seed": int, "form": str, "device": str, "split": int | None, "draws": int, "draw_seed": int,
    }  # fmt: skip
    assert {key: endpoints.TYPES[key] for key in expected} == expected


def test_every_endpoint_has_a_description(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {"/train", "/score", "/sample", "/sweep"}
    assert all(parameter["type"] for endpoint in endpoints.values() for parameter in endpoint["parameters"])
    for endpoint in endpoints.values():
        assert all(
            f"{parameter['parameter_name']}: " in endpoint["description"] for parameter in endpoint["parameters"]
        )


def test_twenty_clients_at_once_get_their_own_numbers(url):
    experiments = [Experiment(data="us-1880", steps=10 + i, seed=i, lr=10.0 + i) for i in range(20)]

    def visit(e: Experiment) -> dict:
        client = Client(url, verbose=False, httpx_kwargs={"timeout": 60})  # seconds: a busy machine is slow, not wrong
        return client.predict(data=e.data, steps=e.steps, seed=e.seed, lr=e.lr, api_name="/train")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(visit, experiments))
    for e, answer in zip(experiments, answers):
        assert answer["link"] == url + e.query()
        assert {key: answer[key] for key in results.summary(runs.trained(e))} == results.summary(runs.trained(e))


def test_a_tutor_finds_the_tools_described_and_calls_them(url):
    """Over the protocol (MCP), as a program with a language model does."""
    pytest.importorskip("mcp")
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def session():
        async with (
            streamable_http_client(f"{url}gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as tutor,
        ):
            await tutor.initialize()
            tools = {tool.name: tool for tool in (await tutor.list_tools()).tools}
            calls = [
                await tutor.call_tool("train", {"data": "us-1880", "steps": 20}),
                await tutor.call_tool("train", {"steps": -1}),
                await tutor.call_tool("train", {"data": "own", "words": "zoé", "steps": 200, "lr": 1000, "l2": 100}),
            ]
            link = json.loads(calls[0].content[0].text)["link"]
            calls.append(await tutor.call_tool("score", {"name": "emma", "link": link}))
        return tools, calls

    tools, (trained, refused, diverged, scored) = asyncio.run(session())
    assert set(tools) == {"train", "score", "sample", "sweep"}
    for tool in tools.values():
        assert all(value["description"] for value in tool.inputSchema["properties"].values()), tool.name
    assert "from 0 to 2,000" in tools["train"].inputSchema["properties"]["steps"]["description"]
    trained, scored = (json.loads(answer.content[0].text) for answer in (trained, scored))
    view = runs.trained(Experiment(data="us-1880", steps=20))
    assert trained["link"] == f"{url}?v=1&data=us-1880&steps=20"
    assert {key: trained[key] for key in results.summary(view)} == results.summary(view)
    assert scored == results.score(view, "emma")
    assert refused.isError
    assert refused.content[0].text == "Steps (steps) must be a whole number from 0 to 2,000; -1 is not."
    assert "zoé" in diverged.content[0].text
    assert json.loads(diverged.content[0].text)["descended_nll"] is None
