"""`python -m bigram`: the lesson in the terminal, in the lecture's order."""

import argparse
import math
import sys

import torch
from torch import Tensor
from torch.utils.benchmark import Timer
from tqdm import tqdm

import bigram
from bigram import terminal
from bigram.checks import below, visible
from bigram.datasets import contents
from bigram.gradient import MOST_STEPS, Loss
from bigram.reading import read
from bigram.scale.table import load_table


def main() -> None:
    """Read the options, print the lesson. `terminal.run` says how it ends."""
    parser = argparse.ArgumentParser(prog="bigram", usage="python -m bigram [options]", description=__doc__)
    parser.add_argument("--data", help="us-2018, us-1880, lecture, or a file (us-2018)")
    terminal.add_switches(parser)
    parser.add_argument("--table", help="in place of --data: counts that python -m bigram.corpus has written")
    parser.add_argument("--order", type=int, help="2 bigram, 3 trigram, 4 (2, or that of the table)")
    parser.add_argument("--k", "--smoothing", type=float, default=1.0, help="added to every count (%(default)s)")
    parser.add_argument("--steps", type=int, default=100, help="steps of descent (%(default)s)")
    parser.add_argument("--lr", "--learning-rate", type=float, help="(50, or one that settles where 50 does not)")
    parser.add_argument("--l2", type=float, default=0.01, help="strength of mean(W²) in the loss (%(default)s)")
    parser.add_argument("--seed", type=int, default=2147483647, help="of W (%(default)s)")
    parser.add_argument("--form", choices=bigram.FORMS, default="counts", help="of the forward pass (%(default)s)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="(%(default)s)")
    parser.add_argument("--split", type=int, help="seed that leaves a fifth of the words out (none)")
    parser.add_argument("--draws", "--names", type=int, default=10, help="names from each table (%(default)s)")
    parser.add_argument("--draw-seed", type=int, default=2147483647, help="of the names (%(default)s)")
    terminal.run(lambda: lesson(parser.parse_args()))


def lesson(options: argparse.Namespace) -> None:
    """Print the lesson. ValueError: a sentence on the option that is wrong."""
    vocab, order, N, xs, ys = data(options)
    W = bigram.initial_weights(len(vocab), order, options.seed, options.device)
    N, xs, ys = (tensor.to(options.device) for tensor in (N, xs, ys))

    P = bigram.probabilities(N, options.k)
    counted = bigram.nll_counts(P.log(), N).item() + 0.0  # not -0
    print(f"\nWay 1, count: {(N == 0).sum():,} of the {N.numel():,} cells of N are empty")
    print(f"  NLL {counted:.6f} nats per character, perplexity {math.exp(counted):.3f} (uniform: {len(vocab)})")
    print_names(P, vocab, options)

    closed = options.form == "counts"
    nll = bigram.closed_form(N) if closed else bigram.choose_form(options.form, xs, ys, N)
    safe, edge = bigram.stable_learning_rates(N, options.l2)
    rate = options.lr if options.lr is not None else 50.0 if edge > 50 else below(safe)
    descent = bigram.descend(nll, W, options.steps, rate, options.l2)
    print(f"\nWay 2, descend: loss = NLL + {options.l2:g}·mean(W²), printed before each step")
    limit = f"no rate above {edge:.3g} settles" if math.isfinite(edge) else "every rate settles"
    print(f"  learning rate {rate:g}; near the counted table {limit}")
    losses = []
    for step, (W, loss) in enumerate(tqdm(descent, total=options.steps + 1, disable=None, leave=False), start=1):
        losses.append(loss.item())
        if step <= 3 or (step % 10 == 0 and step <= 100) or step % 100 == 0:
            tqdm.write(f"  step {step:>5}  loss {losses[-1]:.6f}")
    if not losses[-1] <= losses[0] * (1 + 1e-6):  # NaN too; a float32 is rounded
        raise ValueError(bigram.explain_divergence(N, rate, options.l2))
    reached = bigram.nll_counts(W.double(), N).item() + 0.0
    print(f"  NLL {reached:.6f} nats per character, {reached - counted:+.6f} from the counted table")
    print_names(W.double().softmax(1), vocab, options)

    print(f"\nWhat a step costs here ({options.device}, median):")
    for form in bigram.FORMS if len(xs) else ():
        try:
            print(f"  {form:<7}{milliseconds(bigram.choose_form(form, xs, ys, N), W):10.3f} ms")
        except ValueError as error:
            print(f"  {form:<7} {error}")
    print(f"  counts {milliseconds(bigram.closed_form(N), W):10.3f} ms with the gradient in closed form")


def data(options: argparse.Namespace) -> tuple[bigram.Vocab, int, Tensor, Tensor, Tensor]:
    """The vocabulary, the order, the counts N, and the examples xs and ys: none where a table of counts is read."""
    if options.table is not None:
        N, vocab, order, source = load_table(options.table)
        if options.data is not None or options.split is not None or options.form != "counts":
            raise ValueError("--table is in place of words: leave out --data, --split, and forms other than counts.")
        if options.order not in (None, order):
            raise ValueError(f"The table has order {order}, not {options.order}. Leave out --order.")
        if not N.any():
            raise ValueError("The table counts nothing. Make one of at least one word.")
        print(f"The data: {N.sum():,} counts of {source or 'a table'}, {len(vocab)} characters, order {order}")
        none = torch.empty(0, dtype=torch.int64)
        return vocab, order, N, none, none
    order = 2 if options.order is None else options.order
    switches = terminal.switches_of(options)
    listed = read(contents(options.data or "us-2018"), **switches)
    for sentence in listed.warnings:
        print(f"Note: {visible(sentence)}", file=sys.stderr)
    if switches:
        print(f"Read: {visible(listed.summary())}")
    words = listed.repeated()
    vocab = bigram.Vocab.from_words(words)
    if options.split is not None:
        words = bigram.split(words, options.split)[0]
    first, (xs, ys) = visible(" ".join(words[:5])[:60]), bigram.ngrams(words, vocab, order)
    print(f"The data: {len(words):,} words ({first} …), {len(vocab)} characters, {len(xs):,} examples")
    return vocab, order, bigram.count(xs, ys, len(vocab), order), xs, ys


def print_names(P: Tensor, vocab: bigram.Vocab, options: argparse.Namespace) -> None:
    """Names of the table P on a line. What a terminal would obey in them is written as its escape."""
    print("  names:", *map(visible, bigram.sample(P, vocab, options.draws, options.draw_seed)))


def milliseconds(nll: Loss, W: Tensor) -> float:
    """The median time of a descent step."""
    steps = bigram.descend(nll, W, MOST_STEPS)
    return 1e3 * Timer("next(steps)", globals={"steps": steps}).blocked_autorange(min_run_time=0.02).median


if __name__ == "__main__":
    main()
