"""The character bigram language model: one table of next-character probabilities, learned in two ways.

Read the files in this order: text, datasets, counts, nll, gradient, sample, __main__; then, for text of any size,
table, stream, corpus, parallel. The others serve them: checks says what a setting may be, terminal how a program ends.
"""

from bigram.counts import count, probabilities
from bigram.datasets import load, parse, split
from bigram.gradient import descend, explain_divergence, initial_weights, stable_learning_rates
from bigram.nll import FORMS, choose, closed_form, nll_counts, nll_gather, nll_onehot, nll_rows
from bigram.sample import Draw, sample, trace
from bigram.text import BOUNDARY, Vocab, context_count, ngrams
