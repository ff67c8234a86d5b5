"""The lab's API: what `gradio_client` and curl can call. Typed functions with docstrings, no gradio.

Numbers come back as Python computes them (float64); an infinite loss comes back as null. ValueError: a sentence.
"""

import inspect
import math

import bigram
from demo.compute import results
from demo.compute.runs import View, trained
from demo.experiment import Experiment, read_link, shown
from demo.takeaway.export import API

DEFAULT = Experiment()
TYPES = {
    key: int | None if key == "split" else {int: int, float: float}.get(type(getattr(DEFAULT, key)), str) for key in API
}


def train(**settings) -> dict:
    """Train both models of an experiment.

    Returns its link, the NLL of both tables and their gap (nats per character), the steps and losses of the descent
    (NLL + L2), names from both tables, and a notice where the descent diverged or cannot settle.
    """
    e = Experiment.parse(settings)
    view = trained(e)
    return {
        "link": view.e.query(),
        **{key: known(value) for key, value in results.summary(view).items()},
        "curve": {"steps": list(range(view.taken + 1)), "loss": [known(loss) for loss in view.objective]},
        "names": {title: sampled(view, title) for title in results.tables(view)},
        "notice": view.notice,
    }


train.__signature__ = inspect.Signature(  # each setting that a call can set, as `Experiment` declares it
    [
        inspect.Parameter(
            key, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=getattr(DEFAULT, key), annotation=TYPES[key]
        )
        for key in API
    ],
    return_annotation=dict,
)
train.__annotations__ = TYPES | {"return": dict}
train.__doc__ = f"{train.__doc__}\n    Args:\n" + "".join(  # for the page of the API, and for MCP
    f"        {key}: {field.title}, {field.description} ({Experiment.allowed(key)})\n"
    for key, field in Experiment.model_fields.items()
    if key in API
)


def score(name: str, link: str = "") -> dict:
    """−log p (nats) of each character of `name` and of its end, by both tables of the experiment of `link`.

    null stands for a loss that is not finite: smoothing is 0 and the pair never occurs, or descent has diverged.

    Args:
        name: a name of at most 1,000 characters, in letters of the word list.
        link: the link of an experiment, or its query string; empty for the default experiment.
    """
    if not isinstance(name, str):
        raise ValueError(f"The name (name) must be text; {shown(name)} is not.")
    scores = results.score(trained(linked(link)), name)
    return {title: [known(value) for value in values] for title, values in scores.items()}


def sample(count: int = 10, seed: int = DEFAULT.draw_seed, link: str = "") -> dict:
    """`count` names from each table of the experiment of `link`, drawn with `seed`.

    Args:
        count: how many, a whole number from 1 to 200.
        seed: the same seed draws the same names; a whole number from 0 to 2^63 − 1.
        link: the link of an experiment, or its query string; empty for the default experiment.
    """
    settings = dict(linked(link)) | {"draws": count, "draw_seed": seed}
    e = Experiment.parse(settings, called={"draws": "count", "draw_seed": "seed"})
    view = trained(e)
    return {
        title: bigram.sample(P, view.corpus.vocab, e.draws, e.draw_seed) for title, P in results.tables(view).items()
    }


def sweep(setting: str = "k", link: str = "") -> dict:
    """The NLL on training and held-out (dev) words over a range of smoothing (`k`) or of L2 (`l2`), and the best.

    Args:
        setting: k or l2.
        link: the link of an experiment, or its query string; empty for the default experiment.
    """
    if setting not in ("k", "l2"):
        raise ValueError(f"The setting to sweep is k or l2; {setting!r} is not.")
    result = results.sweep_k(linked(link)) if setting == "k" else results.sweep_l2(linked(link))
    assert result is not None  # without a limit of time, a sweep waits for all its runs
    losses = {part: [known(loss) for loss in getattr(result, part)] for part in ("train", "dev")}
    return {"setting": setting, "values": result.values, **losses, "best": result.values[result.best]}


def linked(link: str) -> Experiment:
    """The experiment of a share link or of its query string. ValueError: a value that is not allowed."""
    if not isinstance(link, str):
        raise ValueError(f"The link (link) must be text; {shown(link)} is not.")
    found = read_link(link)
    if found.guide:
        raise ValueError("This link opens a lesson or a course. Give the link of an experiment: Share writes it.")
    if found.notices:
        raise ValueError(" ".join(wrong for wrong, _ in found.notices))
    return found.experiment


def sampled(view: View, title: str) -> list[str]:
    """Names from a table, none where it has diverged."""
    try:
        return bigram.sample(results.tables(view)[title], view.corpus.vocab, view.e.draws, view.e.draw_seed)
    except ValueError:
        return []


def known(number: float) -> float | None:
    """A number as JSON has it: null for one that is not finite."""
    return number if math.isfinite(number) else None
