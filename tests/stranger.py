"""A user's script with everything that is public: it runs, and pyright and mypy in strict mode find nothing in it."""

# pyright: strict
from functools import partial

import bigram

words = [word for word in bigram.load("us-2018") if len(word) < 9] + bigram.parse("emma\nava\n")
train, dev, test = bigram.split(words, seed=0)
vocab = bigram.Vocab.from_words(words)
xs, ys = bigram.ngrams(train, vocab, order=2)
N = bigram.count(xs, ys, V=len(vocab))
P = bigram.probabilities(N, smoothing=1.0)
print(P.shape == (bigram.context_count(len(vocab), order=2), len(vocab)), bigram.nll_counts(P.log(), N).item())
start = bigram.initial_weights(len(vocab), seed=7)
for form in (bigram.nll_onehot, bigram.nll_rows, bigram.nll_gather):
    print([loss.item() for _, loss in bigram.descend(partial(form, xs=xs[:99], ys=ys[:99]), start, steps=2)])
for name, record in bigram.FORMS.items():
    print(name, record.of_counts, bigram.choose_form(name, xs[:99], ys[:99], N)(start).item())
slow, fast = bigram.stable_learning_rates(N, l2=0.01)
*_, (W, loss) = bigram.descend(bigram.closed_form(N), start, steps=100, learning_rate=slow)
print(f"{loss.item():.4f}", bigram.explain_divergence(N, 2 * fast, l2=0.01))
names: list[str] = bigram.sample(W.double().softmax(1), vocab, 5, seed=1)
draws: list[bigram.Draw] = bigram.trace(P, vocab, seed=1)
print(names, vocab.decode([draw.character for draw in draws]).rstrip(bigram.BOUNDARY), bigram.__version__)
