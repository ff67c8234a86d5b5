"""The golden numbers: what the lecture prints for its own list, and what this package gives for its default."""

import random
from string import ascii_lowercase

import pytest

import bigram

LOSSES = {
    1: 3.768619,
    2: 3.378807,
    3: 3.161091,
    20: 2.588681,
    100: 2.490130,
    1000: 2.480447,
}  # step: nats per character


class Counted:
    """A word list as examples and counts."""

    def __init__(self, name):
        words = bigram.load(name)
        self.vocab = bigram.Vocab.from_words(words)
        self.xs, self.ys = bigram.ngrams(words, self.vocab)
        self.N = bigram.count(self.xs, self.ys, len(self.vocab))

    def loss(self, smoothing):
        return bigram.nll_counts(bigram.probabilities(self.N, smoothing).log(), self.N).item()

    def descent(self, form, steps, learning_rate=50.0):
        """The lecture's run, float32, from its W; `closed form` is the form counts without autograd."""
        closed = form == "closed form"
        nll = bigram.closed_form(self.N) if closed else bigram.choose_form(form, self.xs, self.ys, self.N)
        return bigram.descend(nll, bigram.initial_weights(len(self.vocab)), steps, learning_rate, 0.01)


@pytest.fixture(scope="module")
def lecture() -> Counted:
    """The lecture's names.txt; without it the reason is the package's own sentence."""
    try:
        return Counted("lecture")
    except ValueError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def lecture_words(lecture):
    """The lecture's names and their vocabulary."""
    return bigram.load("lecture"), lecture.vocab


@pytest.fixture(scope="module")
def us_2018() -> Counted:
    return Counted("us-2018")


def test_size_of_the_lecture_list(lecture):
    assert len(lecture.xs) == 228_146
    assert len(lecture.vocab) == 27
    assert (lecture.N == 0).sum() == 102


def test_loss_of_emma_alone():
    vocab = bigram.Vocab("." + ascii_lowercase)
    xs, ys = bigram.ngrams(["emma"], vocab)
    assert len(xs) == 5
    loss = bigram.nll_onehot(bigram.initial_weights(27, seed=2147483647), xs, ys).item()
    assert loss == pytest.approx(3.769305, rel=0, abs=1e-6)


@pytest.mark.parametrize(
    ("form", "steps", "tolerance"),
    [
        ("onehot", 20, 1e-5),
        ("rows", 20, 1e-5),
        ("gather", 100, 1e-5),
        ("counts", 1000, 1e-5),
        ("closed form", 1000, 1e-5),
    ],
)
def test_losses_of_the_lecture_run(form, steps, tolerance, lecture):
    losses = {step: loss.item() for step, (W, loss) in enumerate(lecture.descent(form, steps - 1), start=1)}
    golden = {step: loss for step, loss in LOSSES.items() if step <= steps}
    assert {step: losses[step] for step in golden} == pytest.approx(golden, rel=0, abs=tolerance)
    assert max(losses) == steps


@pytest.mark.parametrize(("smoothing", "loss"), [(0.0, 2.454014), (1.0, 2.454577), (10.0, 2.462116), (100.0, 2.537491)])
def test_loss_of_the_counted_table(smoothing, loss, lecture):
    assert lecture.loss(smoothing) == pytest.approx(loss, rel=0, abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 1.0])
def test_names_of_the_counted_table(smoothing, lecture):
    names = bigram.sample(bigram.probabilities(lecture.N, smoothing), lecture.vocab, 5, seed=2147483647)
    assert names == ["mor", "axx", "minaymoryles", "kondlaisah", "anchshizarie"]


@pytest.mark.parametrize("form", ["gather", "counts", "closed form"])
def test_names_of_the_descended_table(form, lecture):
    *_, (W, _) = lecture.descent(form, 300)
    names = bigram.sample(W.double().softmax(1), lecture.vocab, 5, seed=2147483647)
    assert names == ["mor", "axx", "minaymoryles", "kondlaisah", "anchthizarie"]


def test_stable_learning_rates_of_the_lecture_list(lecture):
    safe, edge = bigram.stable_learning_rates(lecture.N)
    assert (round(safe, 1), round(edge, 1)) == (26.9, 74.4)


@pytest.mark.parametrize(("learning_rate", "settles"), [(50.0, True), (80.0, False)])
def test_learning_rate_50_settles_and_80_does_not(learning_rate, settles, lecture):
    losses = [loss.item() for W, loss in lecture.descent("closed form", 1000, learning_rate)]
    assert (max(losses[-100:]) < 2.481) == settles


def test_figures_of_the_default_list(us_2018):
    assert len(us_2018.xs) == 229_804
    assert us_2018.loss(0.0) == pytest.approx(2.454395, rel=0, abs=1e-6)
    assert us_2018.loss(1.0) == pytest.approx(2.454951, rel=0, abs=1e-6)


@pytest.mark.parametrize(("order", "loss"), [(2, 2.454014), (3, 2.185743), (4, 1.884207)])
def test_unsmoothed_losses_are_those_of_nltk(order, loss, lecture_words):
    words, vocab = lecture_words
    N = bigram.count(*bigram.ngrams(words, vocab, order), len(vocab), order)
    found = bigram.nll_counts(bigram.probabilities(N, 0.0).log(), N).item()
    assert found == pytest.approx(loss, rel=0, abs=1e-6)


@pytest.mark.parametrize(("dots", "examples", "loss"), [(1, 196_113, 2.093080), (2, 228_146, 2.212582)])
def test_a_trigram_with_one_leading_dot_and_with_two(dots, examples, loss, lecture_words):
    words, vocab = lecture_words
    xs, ys = bigram.ngrams(words, vocab, 3)
    kept = (xs != 0) | (dots == 2)
    N = bigram.count(xs[kept], ys[kept], len(vocab), 3)
    assert N.sum() == examples
    found = bigram.nll_counts(bigram.probabilities(N, 1.0).log(), N).item()
    assert found == pytest.approx(loss, rel=0, abs=1e-6)


def test_losses_of_a_model_whose_contexts_run_across_names(lecture_words):
    """The 4-gram model of EurekaLabs, k = 0.1: its contexts hold the end of the name before."""
    words, vocab = lecture_words
    shuffled = list(words)
    random.Random(42).shuffle(shuffled)
    test, dev, train = shuffled[:1000], shuffled[1000:2000], shuffled[2000:]
    V = len(vocab)

    def across(names):
        ids = vocab.encode(".".join(names), ends=1)[1:]
        return ids[:-3] * V**2 + ids[1:-2] * V + ids[2:-1], ids[3:]

    for examples, losses in (
        (across, (2.111796, 2.106373)),
        (lambda names: bigram.ngrams(names, vocab, 4), (2.083065, 2.079383)),
    ):
        P = bigram.probabilities(bigram.count(*examples(train), V, 4), 0.1)
        found = [bigram.nll_counts(P.log(), bigram.count(*examples(part), V, 4)).item() for part in (dev, test)]
        assert found == pytest.approx(losses, rel=0, abs=1e-6)
