"""A link keeps its meaning: 32 links open what they opened before demo/ was divided into rooms.

`data/links.json` was written by the code before. Links like these stand in mails and on slides.
"""

import json
from pathlib import Path

import pytest

from demo.api import endpoints
from demo.experiment import read_link
from demo.page import screens

LINKS = json.loads(Path(__file__).with_name("data").joinpath("links.json").read_text("utf-8"))
EXACT = ("steps", "words", "characters", "examples", "empty", "cells", "names")
LOSSES = ("counted_nll", "descended_nll", "gap")


@pytest.mark.parametrize("before", LINKS, ids=range(len(LINKS)))
def test_a_link_gives_the_names_and_the_losses_of_before(before):
    opened = screens.open_link({"query": before["link"]})
    e = read_link(before["link"]).experiment
    assert e.query() == before["query"]
    lesson = opened["lesson"]
    if lesson and "own" in lesson:
        lesson["own"] = {key: lesson["own"][key] for key in before["lesson"]["own"]}
    assert lesson == before["lesson"]
    assert len(opened["sentences"]) == before["sentences"]

    answer = endpoints.train(**{key: getattr(e, key) for key in endpoints.API})
    assert answer["link"] == before["answer_link"]
    assert {key: answer[key] for key in EXACT} == {key: before[key] for key in EXACT}
    assert [answer[key] for key in LOSSES] == pytest.approx([before[key] for key in LOSSES], abs=1e-6)
    losses = answer["curve"]["loss"]
    assert [losses[0], losses[-1]] == pytest.approx([before["first_loss"], before["last_loss"]], abs=1e-6)
    assert (answer["notice"] != "") == before["is_noticed"]
