"""The character bigram language model: one table of next-character probabilities, learned in two ways.

Way 1 counts, and its table P draws names:

>>> import bigram
>>> words = bigram.load("us-2018")
>>> vocab = bigram.Vocab.from_words(words)
>>> N = bigram.count(*bigram.ngrams(words, vocab), V=len(vocab))
>>> P = bigram.probabilities(N, smoothing=1.0)
>>> bigram.sample(P, vocab, 3, seed=5)
['mah', 'drinnahara', 'feiphel']

Way 2 starts with random weights W and descends the gradient of the loss. Its table is softmax(W), and its loss comes
close to that of P:

>>> W = bigram.initial_weights(len(vocab))
>>> for W, loss in bigram.descend(bigram.closed_form(N), W, steps=100):
...     pass
>>> bigram.nll_counts(W, N), bigram.nll_counts(P.log(), N)  # nats per character
(tensor(2.4751), tensor(2.4550, dtype=torch.float64))

What there is:

- Words: `load` a list by its name, `parse` a text (csv, JSON and other forms by switches), `split` the words into
  train, dev and test.
- Examples: `Vocab` numbers the characters, `ngrams` gives the examples (xs, ys), `context_count` the rows of a table.
- Way 1: `count`, `probabilities`.
- The loss: `nll_onehot`, `nll_rows`, `nll_gather`, `nll_counts`; `closed_form` has the gradient, too. `FORMS` has the
  four by name, and `choose_form` fills in their data.
- Way 2: `initial_weights`, `descend`, `stable_learning_rates`, `explain_divergence`.
- Names: `sample` draws them, `trace` shows each step of one as a `Draw`.

`bigram.scale` counts text of any size. Read the files in this order: text, reading, datasets, counts, nll, gradient,
sampling, __main__; then, in scale, table, stream, corpus, parallel. The others serve them: checks says what a setting
may be, terminal what the programs share.
"""

from bigram.counts import count, probabilities
from bigram.datasets import load, parse, split
from bigram.gradient import descend, explain_divergence, initial_weights, stable_learning_rates
from bigram.nll import FORMS, Form, choose_form, closed_form, nll_counts, nll_gather, nll_onehot, nll_rows
from bigram.sampling import Draw, sample, trace
from bigram.text import BOUNDARY, Vocab, context_count, ngrams

__version__ = "0.1.0"

# All that is public. Names like `load` and `split` are short because a program reads `bigram.load`, as it reads
# `numpy.load`. `from bigram import *` is for a session in which the model is the only subject.
__all__ = [
    "BOUNDARY",
    "FORMS",
    "Draw",
    "Form",
    "Vocab",
    "choose_form",
    "closed_form",
    "context_count",
    "count",
    "descend",
    "explain_divergence",
    "initial_weights",
    "load",
    "ngrams",
    "nll_counts",
    "nll_gather",
    "nll_onehot",
    "nll_rows",
    "parse",
    "probabilities",
    "sample",
    "split",
    "stable_learning_rates",
    "trace",
]
