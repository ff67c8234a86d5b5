"""Two processes, each with a part of the examples, against one with all of them. This file is also their program."""

import json
import socket

import pytest
import torch
import torch.distributed

import bigram
from bigram.scale.parallel import counts_of_all_ranks, of_all_ranks

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "zoe"]


def losses(words: list[str], form: str, ranks: int) -> list[float]:
    """The losses of 20 steps in float64 where this process has these words and the others have the rest."""
    vocab = bigram.Vocab.from_words(WORDS)
    xs, ys = bigram.ngrams(words, vocab) if words else torch.zeros(2, 0, dtype=torch.int64)
    W, N = bigram.initial_weights(len(vocab)).double(), bigram.count(xs, ys, len(vocab))
    if form == "counts":
        nll = bigram.closed_form(counts_of_all_ranks(N) if ranks > 1 else N, torch.float64)
    else:
        nll = bigram.choose_form(form, xs, ys, N)
        nll = of_all_ranks(nll, len(xs)) if ranks > 1 else nll
    steps = bigram.descend(nll, W, 20)
    return [loss.item() for _, loss in steps]


def test_two_ranks_descend_as_one(python):
    """With seven words on rank 0, rank 1 has none."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    here = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "GLOO_SOCKET_IFNAME": "lo", "WORLD_SIZE": "2"}
    processes = [python.start("-m", "tests.test_parallel", **here, RANK=str(rank)) for rank in (0, 1)]
    for process in processes:
        for form, cuts in json.loads(process.communicate()[0]).items():
            for found in cuts:
                assert found == pytest.approx(losses(WORDS, form, ranks=1), rel=1e-12), form


def test_a_rank_descends_where_gradients_are_switched_off(monkeypatch):
    monkeypatch.setattr(torch.distributed, "all_reduce", lambda sums: None)  # one rank
    vocab = bigram.Vocab.from_words(WORDS)
    xs, ys = bigram.ngrams(WORDS, vocab)
    N, W = bigram.count(xs, ys, len(vocab)), bigram.initial_weights(len(vocab)).double()
    with torch.no_grad():
        found = of_all_ranks(bigram.choose_form("rows", xs, ys, N), len(xs))(W)
    torch.testing.assert_close(found, bigram.closed_form(N, torch.float64)(W), rtol=1e-12, atol=1e-15)


if __name__ == "__main__":
    torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank()
    parts = [(WORDS[:cut], WORDS[cut:])[rank] for cut in (3, 7)]
    print(json.dumps({form: [losses(words, form, ranks=2) for words in parts] for form in bigram.FORMS}))
    torch.distributed.destroy_process_group()
