"""The lab's API: what `gradio_client` and curl can call. Typed functions with docstrings, no gradio.

Numbers come back as Python computes them (float64); an infinite loss comes back as null. ValueError: a sentence.
"""

import math

import lab
from experiment import Experiment

import bigram

DEFAULT = Experiment()


def train(
    data: str = DEFAULT.data,
    words: str = DEFAULT.words,
    order: int = DEFAULT.order,
    k: float = DEFAULT.k,
    steps: int = DEFAULT.steps,
    lr: float = DEFAULT.lr,
    l2: float = DEFAULT.l2,
    seed: int = DEFAULT.seed,
    form: str = DEFAULT.form,
    device: str = DEFAULT.device,
    split: int | None = DEFAULT.split,
    draws: int = DEFAULT.draws,
    draw_seed: int = DEFAULT.draw_seed,
) -> dict:
    """Train both models of an experiment.

    Returns its link, the NLL of both tables and their gap (nats per character), the steps and losses of the descent
    (NLL + L2), names from both tables, and a notice where the descent diverged or was cut short.
    """
    e = Experiment.parse(locals())
    view = lab.trained(e)
    return {
        "link": e.query(),
        **{key: known(value) for key, value in lab.summary(view).items()},
        "curve": {"steps": view.steps, "loss": [known(loss) for loss in view.objective]},
        "names": {title: sampled(view, title) for title in lab.tables(view)},
        "notice": view.notice,
    }


def score(name: str, link: str = "") -> dict:
    """−log p (nats) of each character of `name` and of its end, by both tables of the experiment of `link`.

    null stands for an infinite loss: the pair never occurs in the words.
    """
    scores = lab.score(lab.trained(linked(link)), name)
    return {title: [known(value) for value in values] for title, values in scores.items()}


def sample(count: int = 10, seed: int = DEFAULT.draw_seed, link: str = "") -> dict:
    """`count` names from each table of the experiment of `link`, drawn with `seed`."""
    e = Experiment.parse(dict(linked(link)) | {"draws": count, "draw_seed": seed})
    view = lab.trained(e)
    return {title: bigram.sample(P, view.corpus.vocab, e.draws, e.draw_seed) for title, P in lab.tables(view).items()}


def sweep(setting: str = "k", link: str = "") -> dict:
    """The NLL on training and held-out (dev) words over a range of smoothing (`k`) or of L2 (`l2`), and the best."""
    if setting not in ("k", "l2"):
        raise ValueError(f"The setting to sweep is k or l2; {setting!r} is not.")
    result = (lab.sweep_k if setting == "k" else lab.sweep_l2)(linked(link))
    losses = {part: [known(loss) for loss in getattr(result, part)] for part in ("train", "dev")}
    return {"setting": setting, "values": result.values, **losses, "best": result.values[result.best]}


def linked(link: str) -> Experiment:
    """The experiment of a share link or of its query string. ValueError: a value that is not allowed."""
    e, notices = Experiment.from_link(link)
    if notices:
        raise ValueError(" ".join(notices))
    return e


def sampled(view: lab.View, title: str) -> list[str]:
    """Names from a table, none where it has diverged."""
    try:
        return bigram.sample(lab.tables(view)[title], view.corpus.vocab, view.e.draws, view.e.draw_seed)
    except ValueError:
        return []


def known(number: float) -> float | None:
    """A number as JSON has it: null for one that is not finite."""
    return number if math.isfinite(number) else None
