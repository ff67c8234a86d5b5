"""`python -m bigram`: the lesson in the terminal, in the lecture's order."""

import argparse
import math

from torch import Tensor
from torch.utils.benchmark import Timer
from tqdm import tqdm

import bigram


def main() -> None:
    """Read the options, print the lesson. A wrong option: one sentence and exit status 2."""
    parser = argparse.ArgumentParser(prog="bigram", usage="python -m bigram [options]", description=__doc__)
    parser.add_argument("--data", default="us-2018", help="us-2018, us-1880, lecture, or a UTF-8 file (%(default)s)")
    parser.add_argument("--order", type=int, default=2, help="2 bigram, 3 trigram, 4 (%(default)s)")
    parser.add_argument("--k", "--smoothing", type=float, default=1.0, help="added to every count (%(default)s)")
    parser.add_argument("--steps", type=int, default=100, help="steps of descent (%(default)s)")
    parser.add_argument("--lr", "--learning-rate", type=float, default=50.0, help="(%(default)s)")
    parser.add_argument("--l2", type=float, default=0.01, help="strength of mean(W²) in the loss (%(default)s)")
    parser.add_argument("--seed", type=int, default=2147483647, help="of W (%(default)s)")
    parser.add_argument("--form", choices=bigram.FORMS, default="counts", help="of the forward pass (%(default)s)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="(%(default)s)")
    parser.add_argument("--split", type=int, help="seed that holds out a fifth of the words (none)")
    parser.add_argument("--draws", "--names", type=int, default=10, help="names from each table (%(default)s)")
    parser.add_argument("--draw-seed", type=int, default=2147483647, help="of the names (%(default)s)")
    try:
        lesson(parser.parse_args())
    except ValueError as error:
        parser.exit(2, f"bigram: {error}\n")


def lesson(options: argparse.Namespace) -> None:
    """Print the lesson. ValueError: a sentence on the option that is wrong."""
    words = bigram.load(options.data)
    vocab = bigram.Vocab.from_words(words)
    if options.split is not None:
        words = bigram.split(words, options.split)[0]
    W = bigram.initial_weights(len(vocab), options.order, options.seed, options.device)
    xs, ys = (ids.to(options.device) for ids in bigram.ngrams(words, vocab, options.order))
    print(f"The data: {len(words):,} words ({' '.join(words[:5])} …), {len(vocab)} characters, {len(xs):,} examples")

    N = bigram.count(xs, ys, len(vocab), options.order)
    P = bigram.probabilities(N, options.k)
    floor = bigram.nll_counts(P.log(), N).item()
    print(f"\nWay 1, count: {(N == 0).sum():,} of the {N.numel():,} cells of N are empty")
    print(f"  NLL {floor:.6f} nats per character, perplexity {math.exp(floor):.3f} (uniform: {len(vocab)})")
    print("  names:", *bigram.sample(P, vocab, options.draws, options.draw_seed))

    closed = options.form == "counts"
    nll = bigram.closed_form(N) if closed else bigram.choose(options.form, xs, ys, N)
    descent = bigram.descend(nll, W, options.steps, options.lr, options.l2, gradient=closed)
    print(f"\nWay 2, descend: loss = NLL + {options.l2:g}·mean(W²), learning rate {options.lr:g}")
    losses = []
    for step, (W, loss) in enumerate(tqdm(descent, total=options.steps + 1, disable=None, leave=False), start=1):
        losses.append(loss.item())
        if step <= 3 or (step % 10 == 0 and step <= 100) or step % 100 == 0:
            tqdm.write(f"  step {step:>5}  loss {losses[-1]:.6f}")
    if not losses[-1] <= losses[0]:  # NaN too
        raise ValueError(bigram.explain_divergence(N, options.lr, options.l2))
    reached = bigram.nll_counts(W.double(), N).item()
    print(f"  NLL {reached:.6f} nats per character, {reached - floor:+.6f} from the counted table")
    print("  names:", *bigram.sample(W.double().softmax(1), vocab, options.draws, options.draw_seed))

    print(f"\nWhat a step costs here ({options.device}, median):")
    for form in bigram.FORMS:
        try:
            print(f"  {form:<7}{milliseconds(bigram.choose(form, xs, ys, N), W):10.3f} ms")
        except ValueError as error:
            print(f"  {form:<7} {error}")
    print(f"  counts {milliseconds(bigram.closed_form(N), W, gradient=True):10.3f} ms with the gradient in closed form")


def milliseconds(nll, W: Tensor, gradient: bool = False) -> float:
    """The median time of a descent step."""
    steps = bigram.descend(nll, W, bigram.gradient.MOST_STEPS, gradient=gradient)
    return 1e3 * Timer("next(steps)", globals={"steps": steps}).blocked_autorange(min_run_time=0.02).median


if __name__ == "__main__":
    main()
