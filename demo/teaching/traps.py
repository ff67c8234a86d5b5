"""The traps of PyTorch that people who follow the lecture ask about most: a wrong line, the right line, their output.

No gradio. The lines are run as they stand here, on the default word list, after the lines of `START`: nothing that
they print is written down.
"""

import functools
import io
import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F

import bigram

START = """\
words = bigram.load()  # US names of 2018
vocab = bigram.Vocab.from_words(words)
xs, ys = bigram.ngrams(words, vocab)
N = bigram.count(xs, ys, 27)
W = bigram.initial_weights(27)
"""
NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?|\binf\b|\bnan\b")


@dataclass(frozen=True)
class Table:
    """A table that the lines of a trap make on both sides. `sums` says which sums are drawn beside it.

    `values` and the labels are expressions. They are evaluated after the lines.
    """

    title: str
    values: str
    rows: str = "vocab.chars"
    columns: str = "vocab.chars"
    sums: Literal["", "rows", "columns"] = ""


class Outcome(NamedTuple):
    """What a piece of code prints, and its table: None where it made none."""

    printed: str
    values: torch.Tensor | None = None
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trap:
    """The same few lines twice, with one difference: `head`, then `wrong` or `right`, then `tail`.

    In the texts from the verdict on, `{wrong[0]}` is the first number that the wrong lines print.
    """

    key: str
    title: str
    head: str
    wrong: str
    right: str
    tail: str
    question: str  # to be answered before both are run
    choices: tuple[str, ...]
    answer: int  # index of the right choice
    verdict: str
    number: str  # of the verdict, as it is printed
    explanation: str  # in two sentences
    more: str  # for who wants to know more
    table: Table | None = None

    def lines(self, which: str) -> str:
        """The lines of `wrong` or `right` with what stands before and after them."""
        return "\n".join(filter(None, (self.head, getattr(self, which), self.tail)))


@functools.cache
def outcomes(trap: Trap) -> dict[str, Outcome]:
    """What comes of the wrong lines here, and of the right ones."""
    return {which: run(trap.lines(which), trap.table) for which in ("wrong", "right")}


def printed(trap: Trap) -> dict[str, str]:
    """What either side prints. An error is its last line, as Python prints it."""
    return {which: outcome.printed for which, outcome in outcomes(trap).items()}


def numbers(trap: Trap) -> dict[str, list[str]]:
    """The numbers that either side prints, as they are printed."""
    return {which: NUMBER.findall(text) for which, text in printed(trap).items()}


def run(lines: str, table: Table | None = None) -> Outcome:
    """What these lines print after `START`, and their table. They are ours: nothing that a visitor typed comes here."""
    out = io.StringIO()
    # A `print` of their own: another thread may set sys.stdout meanwhile.
    names: dict[str, Any] = {"torch": torch, "F": F, "bigram": bigram, "print": functools.partial(print, file=out)}
    made: list[Any] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2147483647)
        exec(START, names)
        try:
            exec(lines, names)
            if table:
                made = [eval(part, names) for part in (table.values, table.rows, table.columns)]
        except (RuntimeError, IndexError) as error:
            names["print"](f"{type(error).__name__}: {str(error).splitlines()[0]}")
    text = out.getvalue().rstrip()
    if not made:
        return Outcome(text)
    values, rows, columns = made
    return Outcome(text, torch.as_tensor(values).detach().double(), tuple(map(str, rows)), tuple(map(str, columns)))


TRAPS: tuple[Trap, ...] = (
    Trap(
        key="keepdim",
        title="sum without keepdim",
        head="",
        wrong="P = N / N.sum(1)",
        right="P = N / N.sum(1, keepdim=True)",
        tail="""\
print("the first rows sum to", P.sum(1)[:3])
print("mean loss", -P[xs, ys].log().mean())
print("names", bigram.sample(P / P.sum(1, keepdim=True), vocab, 3, seed=4))""",
        question="P = N / N.sum(1), without keepdim=True, divides by the wrong sums. How does the mean loss of the "
        "names change?",
        choices=("It becomes larger", "It becomes smaller", "It stays the same, to the last digit"),
        answer=2,
        verdict="The loss is {wrong[3]} both times, but the first row of the wrong P sums to {wrong[0]}.",
        number="{wrong[3]}",
        explanation="Column j is divided by the sum of row j, so the columns sum to 1, not the rows. The mean loss "
        "cannot see it, but the names do: check P.sum(1) after each division.",
        more="N.sum(1) has the shape (27,), and broadcasting lays it along the columns. In a table of bigrams "
        "the sum of row j equals the sum of column j: each letter is followed as often as it follows. "
        "Each example xy takes log(count of y) where it should take log(count of x), and over all "
        "examples both add up to the same.",
        table=Table("The table P", "P", sums="rows"),
    ),
    Trap(
        key="dimension",
        title="the dimension to sum",
        head="N3 = bigram.count(*bigram.ngrams(words, vocab, order=3), 27, order=3)\nN3 = N3.view(27, 27, 27) + 1",
        wrong="P = N3 / N3.sum(1, keepdim=True)",
        right="P = N3 / N3.sum(2, keepdim=True)",
        tail="""\
after = vocab.encode("em")
print("after em, the probabilities sum to", P[after[0], after[1]].sum())""",
        question="A trigram table has the shape (27, 27, 27): first letter, second letter, next letter. Which "
        "dimension must be summed to make probabilities of the next letter?",
        choices=("0, the first letter", "1, the second letter", "2, the next letter"),
        answer=2,
        verdict="Summed over dimension 1, the row after “em” sums to {wrong[0]}.",
        number="{wrong[0]}",
        explanation="The letters that may come next stand along the last dimension, so the probabilities along it "
        "must sum to 1. No error warns you: both results have the same shape.",
        more="Here the wrong row sums to {wrong[0]} and the right one to {right[0]}. dim=-1 says “the last” "
        "for a bigram and a trigram alike.",
        table=Table("P after the first letter e: a row for each second letter", "P[after[0]]", sums="rows"),
    ),
    Trap(
        key="multinomial",
        title="twenty first letters",
        head="P = N / N.sum(1, keepdim=True)",
        wrong="ix = torch.multinomial(P[0], 20)",
        right="ix = torch.multinomial(P[0], 20, replacement=True)",
        tail="""\
first = vocab.decode(ix)
print("first letters", first)
print(len(set(first)), "of them are different")""",
        question="torch.multinomial(P[0], 20) draws 20 first letters. How many of them are different?",
        choices=("About 10: frequent letters come more than once", "All 20"),
        answer=1,
        verdict="The wrong line draws {wrong[0]} different letters, the right one {right[0]}.",
        number="{wrong[0]}",
        explanation="Without replacement=True, multinomial takes each letter at most once, like cards from a deck. "
        "To draw names, each letter must be put back.",
        more="Another surprise: the same seed gives other letters on a GPU, or in another version of PyTorch. "
        "For that reason this lab draws otherwise. It takes one uniform number u from a generator of "
        "fixed rules, and chooses the first letter whose cumulative probability exceeds u. So, below the "
        "limit of stability, one link gives the same names on every machine.",
        table=Table("The letters drawn: a row for each draw", "F.one_hot(ix, 27)", "range(1, 21)", sums="columns"),
    ),
    Trap(
        key="float",
        title="one-hot without float",
        head="",
        wrong="xenc = F.one_hot(xs, num_classes=27)",
        right="xenc = F.one_hot(xs, num_classes=27).float()",
        tail="print(xenc.dtype)\nprint((xenc @ W).shape)",
        question="What does xenc @ W do, if xenc comes from F.one_hot as it is?",
        choices=(
            "The same: PyTorch converts the zeros and ones",
            "It rounds W to whole numbers",
            "It stops with an error",
        ),
        answer=2,
        verdict="xenc holds torch.int64, and W holds torch.float32.",
        number="int64",
        explanation="F.one_hot returns whole numbers of 64 bits, and PyTorch does not multiply matrices of different "
        "types. So .float() is needed.",
        more="It costs memory: the one-hot matrix of all examples is first made with 8 bytes a number, then "
        "with 4. W[xs] needs neither.",
        table=Table("xenc @ W: the logits of the first ten examples", "xenc[:10] @ W", "vocab.decode(xs[:10])"),
    ),
    Trap(
        key="exp",
        title="row sums of exp(W)",
        head="""\
*_, (W, loss) = bigram.descend(bigram.closed_form(N), W, 100, 50.0, 0.01)
counts = W.exp()""",
        wrong="a, b = counts.sum(1), N.sum(1)",
        right="a, b = counts / counts.sum(1, keepdim=True), N / N.sum(1, keepdim=True)",
        tail='print("correlation", torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1])',
        question="The lecture calls exp(W) “counts”. After training, are the row sums of exp(W) like those of N?",
        choices=("Yes, up to a factor", "No, they have little to do with each other"),
        answer=1,
        verdict="The correlation of the row sums is {wrong[0]}. That of the rows, each divided by its sum, is "
        "{right[0]}.",
        number="{wrong[0]}",
        explanation="Softmax divides each row by its sum, so the size of a row of exp(W) does not matter: add 5 to a "
        "whole row of W, and the model is the same. Only the proportions within a row mean something.",
        more="Nothing in the NLL ties the sum of a row to how often its letter occurs; only L2 limits the "
        "size of W. Compare softmax(W) with N / N.sum(1, keepdim=True).",
    ),
    Trap(
        key="nelement",
        title="two letters and nelement",
        head="""\
contexts, ys = bigram.ngrams(words, vocab, order=3)
xs = torch.stack([contexts // 27, contexts % 27], dim=1)  # two letters for each example""",
        wrong="num = xs.nelement()",
        right="num = ys.nelement()",
        tail="""\
print(f"{num:,} examples")
probs = torch.full((len(xs), 27), 1 / 27)
print("loss", -probs[torch.arange(num), ys].log().mean())""",
        question="In a trigram model xs holds two letters for each of its n examples. What is xs.nelement()?",
        choices=("n", "2n", "27n"),
        answer=1,
        verdict="The wrong line counts {wrong[0]} examples; there are {right[0]}.",
        number="{wrong[0]}",
        explanation="nelement counts all numbers of a tensor, so it is the number of examples only where xs has one "
        "number an example. For two numbers use ys.nelement() or xs.shape[0].",
        more="Here the wrong number stops with an error. Used only to divide a sum of losses, it would halve "
        "the loss without a word.",
    ),
    Trap(
        key="gradient",
        title="W.grad = None forgotten",
        head="""\
W.requires_grad_()
for step in range(20):
    loss = bigram.nll_counts(W, N) + 0.01 * (W**2).mean()""",
        wrong="    pass  # W.grad is kept",
        right="    W.grad = None",
        tail="""\
    loss.backward()
    W.data -= 50 * W.grad
    if step in (0, 1, 2, 19):
        print(f"step {step}: loss {loss.item():.4f}")""",
        question="The line W.grad = None is forgotten. What happens to the loss in 20 steps?",
        choices=(
            "Nothing: backward makes a new gradient",
            "It falls faster at first, then it goes up and down",
            "It stays where it is",
        ),
        answer=1,
        verdict="In step 2 it is lower, {wrong[5]} beside {right[5]}. In step 19 it is higher: {wrong[7]} beside "
        "{right[7]}.",
        number="{wrong[7]}",
        explanation="backward adds to W.grad; it does not replace it. Without W.grad = None each step uses the sum "
        "of all gradients so far, like a ball that rolls without friction past the lowest point and back "
        "again.",
        more="The loss goes down at the start, so the mistake is easy to miss.",
    ),
    Trap(
        key="penalty",
        title="a loss with L2 beside one without",
        head="""\
counted = bigram.nll_counts(bigram.probabilities(N, 0.0).log().float(), N)
*_, (W, loss) = bigram.descend(bigram.closed_form(N), W, 100, 50.0, 0.01)""",
        wrong="ours = loss  # with 0.01 * (W**2).mean() in it",
        right="ours = bigram.nll_counts(W, N)",
        tail='print(f"above the counted table by {ours - counted:.4f}")',
        question="You compare the loss that the loop prints, with L2, to the loss of the counted table. What does the "
        "difference tell?",
        choices=("How much worse W predicts", "More than that: part of it is the penalty alone"),
        answer=1,
        verdict="The loop's loss is {wrong[0]} higher, but W predicts only {right[0]} worse.",
        number="{wrong[0]}",
        explanation="The loop minimises NLL + 0.01 · mean(W²), and only the NLL says how well the names are "
        "predicted. The rest is the price of large weights.",
        more="Compare NLL with NLL. The same holds between two runs of different L2 strength.",
    ),
    Trap(
        key="chaos",
        title="a learning rate above the limit",
        head="",
        wrong="lr = 120.0",
        right="lr = 50.0",
        tail="""\
# b adds the same numbers as a, but from the 14th column on: another order, as on another processor
a = bigram.descend(bigram.closed_form(N), W, 100, lr, 0.01)
b = bigram.descend(bigram.closed_form(N.roll(13, 1)), W.roll(13, 1), 100, lr, 0.01)
both = [(one, two.roll(-13, 1)) for (one, _), (two, _) in zip(a, b)]
*_, (end, _) = bigram.descend(bigram.closed_form(N), W, 1000, 50.0, 0.01)
print(f"limit {bigram.stable_learning_rates(N, 0.01, end.double().softmax(1))[1]:.1f}")
for step in (1, 20, 50, 100):
    one, two = both[step]
    print(f"step {step}: the two W differ by {(one - two).abs().max():.7f}")
for W in both[100]:
    print("names", bigram.sample(W.double().softmax(1), vocab, 4, seed=7))""",
        question="Two processors add the same numbers in a different order. At learning rate 120 for these names, how "
        "much do their W differ after 100 steps?",
        choices=("In the seventh digit, as at the start", "So much that they print other names"),
        answer=1,
        verdict="After 100 steps they differ by {wrong[8]} at learning rate 120, and by {right[8]} at 50.",
        number="{wrong[8]}",
        explanation="Float32 holds about seven digits, and the last one depends on the order of a sum. Far above the "
        "limit of stability, {right[0]} for these names, each step makes such a difference larger, until "
        "the two tables have nothing in common.",
        more="Below the limit, such differences stay as small as rounding itself. Above it, descent is "
        "chaotic: its numbers belong to one machine. The lab warns you when you train above the limit.",
        table=Table("How far the two W are apart after 100 steps", "(one - two).abs()"),
    ),
    Trap(
        key="padding",
        title="one dot before a trigram",
        head="from collections import Counter",
        wrong='start = "."',
        right='start = ".."',
        tail="""\
pairs, triples = Counter(), Counter()
for word in words:
    s = start + word + "."
    for pair, letter in zip(zip(s, s[1:]), s[2:]):
        pairs[pair] += 1
        triples[pair, letter] += 1
n = sum(triples.values())
nll = -sum(c * torch.tensor(c / pairs[pair]).log() for (pair, _), c in triples.items()) / n
print(f"{n:,} examples, mean loss {nll:.4f}")""",
        question="Two trigram models differ only in the dots before a word: one dot or two. The loss with one dot is "
        "lower. Is that model better?",
        choices=("Yes: the loss is lower", "No: the two losses are not about the same examples"),
        answer=1,
        verdict="{wrong[1]} is the mean of {wrong[0]} examples, {right[1]} that of {right[0]}.",
        number="{wrong[1]}",
        explanation="With one dot the first letter is never predicted, because a trigram needs two characters before "
        "it. First letters are hard to predict, so leaving them out makes the mean lower.",
        more="It also leaves a model that cannot begin a name. Compare two losses only where both predict the "
        "same characters. This lab puts order − 1 dots before each word, so n is the same for every "
        "order.",
        table=Table(
            "How often each letter is predicted after a dot: a row for each character behind the dot",
            "torch.tensor([[triples[('.', a), b] for b in vocab.chars] for a in vocab.chars])",
            sums="rows",
        ),
    ),
    Trap(
        key="e05",
        title="E05: F.cross_entropy",
        head="logits = torch.tensor([[0.0, 100.0], [0.0, 100.0]])\ny = torch.tensor([0, 1])",
        wrong="""\
counts = logits.exp()
probs = counts / counts.sum(1, keepdim=True)
losses = -probs[torch.arange(2), y].log()""",
        right='losses = F.cross_entropy(logits, y, reduction="none")',
        tail="print(losses + 0)",
        question="A row of logits is (0, 100), and character 0 comes next. In float32, what does the lecture's exp, "
        "normalise, log give as its loss?",
        choices=("100", "0", "Infinity"),
        answer=2,
        verdict="By hand it prints inf. Where character 1 comes next, it prints nan: not a number. F.cross_entropy "
        "gives {right[0]} and {right[1]}.",
        number="inf",
        explanation="exp of a logit above 88.7 is too large for float32 and becomes infinity, so the first "
        "probability is 1 / infinity = 0, and −log 0 is infinity. F.cross_entropy subtracts the largest "
        "logit of each row first, which leaves softmax as it is.",
        more="Where character 1 comes next, infinity / infinity is not a number. F.cross_entropy is right: in "
        "one call it subtracts the largest logit of each row, takes the log-softmax, picks the number of "
        "the character that came next, and averages with a minus sign. It never takes the log of a "
        "probability that was rounded to 0. For ordinary logits both ways agree.",
    ),
)
