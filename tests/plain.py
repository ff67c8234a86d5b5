"""The model once more, in plain Python loops: what the tests of the lab compare with. No tensor but the start W."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch


def characters(words: Sequence[str]) -> str:
    """The boundary, then the characters sorted."""
    return "." + "".join(sorted(set("".join(words))))


def counts(words: Sequence[str], order: int = 2) -> dict[tuple[str, str], int]:
    """How often each character follows each context."""
    found = Counter()
    for word in words:
        tape = "." * (order - 1) + word + "."
        for i in range(len(word) + 1):
            found[tape[i : i + order - 1], tape[i + order - 1]] += 1
    return found


def table(words: Sequence[str], order: int = 2) -> list[list[int]]:
    """The counts as rows, contexts in the order of their characters."""
    chars, found = characters(words), counts(words, order)
    contexts = [""]
    for _ in range(order - 1):
        contexts = [context + char for context in contexts for char in chars]
    return [[found[context, char] for char in chars] for context in contexts]


def smoothed(N: list[list[int]], k: float) -> list[list[float]]:
    """Add-k smoothing; an empty row is uniform."""
    return [[(x + k) / (sum(row) + k * len(row)) if sum(row) + k else 1 / len(row) for x in row] for row in N]


def softmax(row: Sequence[float]) -> list[float]:
    parts = [math.exp(w - max(row)) for w in row]
    return [part / sum(parts) for part in parts]


def nll(P: list[list[float]], N: list[list[int]]) -> float:
    """The mean negative log-likelihood of the counts under a table, in nats."""
    total = sum(map(sum, N))
    return -sum(x * math.log(p) for row, ps in zip(N, P) for x, p in zip(row, ps) if x) / total


def descent(N: list[list[int]], seed: int, steps: int, lr: float, l2: float) -> list[list[list[float]]]:
    """The weights after 0, 1, … steps of gradient descent, in float64."""
    W = torch.randn(len(N), len(N[0]), generator=torch.Generator().manual_seed(seed)).double().tolist()
    n, size, way = sum(map(sum, N)), len(N) * len(N[0]), [W]
    for _ in range(steps):
        W = [
            [w - lr * ((sum(row) * p - x) / n + 2 * l2 / size * w) for w, p, x in zip(ws, softmax(ws), row)]
            for ws, row in zip(W, N)
        ]
        way.append(W)
    return way


def minimum(N: list[list[int]], l2: float) -> list[list[float]]:
    """The weights of the lowest NLL + l2·mean(W²), l2 > 0: Newton's method with the whole curvature of each row."""
    counts = np.array(N, float)
    r, n, pull, W = counts.sum(1), counts.sum(), 2 * l2 / counts.size, np.zeros(counts.shape)

    def loss(W: np.ndarray) -> np.ndarray:  # of each row
        return r * np.logaddexp.reduce(W, axis=1) - (counts * W).sum(1) + n * pull / 2 * (W * W).sum(1)

    for _ in range(200):
        P = np.exp(W - np.logaddexp.reduce(W, axis=1, keepdims=True))
        slope = r[:, None] * P - counts + n * pull * W
        curvature = r[:, None, None] * curvatures(P) + n * pull * np.eye(counts.shape[1])
        step = np.linalg.solve(curvature, slope[:, :, None])[:, :, 0]
        if abs(step).max() < 1e-7:
            break
        while (worse := loss(W - step) > loss(W) + 1e-12 * r).any():
            step[worse] /= 2
        W = W - step
    return W.tolist()


def curvatures(P: np.ndarray) -> np.ndarray:
    """The matrix diag(p) - p pᵀ of each row of a table."""
    return P[:, :, None] * np.eye(P.shape[1]) - P[:, :, None] * P[:, None, :]


def surprise(name: str, P: list[list[float]], chars: str) -> float:
    """The mean of -log p over the characters of a name and its end, in nats."""
    tape = [0, *map(chars.index, name), 0]
    return -sum(math.log(P[i][j]) for i, j in pairwise(tape)) / (len(tape) - 1)


def names(P: list[list[float]], chars: str, count: int, seed: int) -> list[str]:
    """Names drawn from a bigram table, one uniform number a character."""
    generator, drawn, name, row = torch.Generator().manual_seed(seed), [], "", 0
    while len(drawn) < count:
        u, j, running = torch.rand((), dtype=torch.float64, generator=generator).item(), 0, P[row][0]
        while running <= u:
            j += 1
            running += P[row][j]
        name, row = name + chars[j], j
        if j == 0:
            drawn.append(name[:-1])
            name = ""
    return drawn
