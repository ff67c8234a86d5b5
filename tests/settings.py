"""Every setting at a value that is not its default: also one that is added, since its value comes from its field."""

from typing import Any, get_args

import torch
from safetensors.torch import save

import bigram
from demo.compute import table_file
from demo.experiment import Experiment, sha256

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "noah", "liam", "anna", "hannah", "otto", "ana"]
OWN = "\n".join(WORDS)
VOCAB = bigram.Vocab.from_words(WORDS)
COUNTS = bigram.count(*bigram.ngrams(WORDS, VOCAB), len(VOCAB))
TABLE = save({"N": COUNTS * 2 + 1}, {"vocabulary": VOCAB.chars, "order": "2"})
E = Experiment(data="own", words=OWN, steps=15, lr=3.0, l2=0.05)
TOGETHER = {  # settings that have no meaning alone
    "data": {"data": "us-1880", "words": ""},
    "words": {"words": OWN + "\nzoe"},
    "table": {"data": "table", "words": "", "table": table_file.pack(TABLE)},
    "sha": {"sha": sha256(OWN)},
    "hide": {"hide": "k,steps"},
    "name": {"name": "zoë"},
}


def other(key: str) -> dict[str, Any]:
    """The experiment `E` changed in one setting: what changes in it."""
    if key in TOGETHER:
        return TOGETHER[key]
    field, now = Experiment.model_fields[key], getattr(E, key)
    least, most = Experiment.bounds(key)
    if least is None:
        return {key: next(value for value in get_args(field.annotation) if value not in (now, field.default))}
    if field.annotation is float:
        return {key: next(value for value in (now * 0.75, 0.5, least) if value not in (now, field.default))}
    return {key: next(value for value in ((now or 0) + 1, least) if least <= value <= most)}


def changed(key: str) -> Experiment:
    return E.model_copy(update=other(key))


def here(key: str) -> bool:
    """Whether this machine can try a setting."""
    return key != "device" or torch.cuda.is_available()
