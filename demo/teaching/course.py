"""The course along the lecture, lessons that teachers write, and courses of their links. No gradio.

A link may open a lesson (`lesson=over`), a lesson of one's own (`ask`, `choices`, `right`, `why`, beside the
settings of its experiment), or a course: up to twelve links one after the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, Field, ValidationError, field_validator

from demo.experiment import Experiment, read_link, shown
from demo.teaching.lessons import BY_KEY

VIDEO = "https://www.youtube.com/watch?v=PaCmpygFfXo"
LONGEST_COURSE = 12  # links
LONGEST_LINK = 4_000  # characters of a lesson's link: longer ones are cut off by mail programs and chats
MOST_CHOICES = 4


@dataclass(frozen=True)
class Chapter:
    """A part of the lecture, or the exercises after it: when it begins, the screen that shows it, its lessons."""

    title: str
    time: str  # in the video, h:mm:ss
    tab: str
    lessons: tuple[str, ...]

    @property
    def url(self) -> str:
        """The video at this second."""
        hours, minutes, seconds = map(int, self.time.split(":"))
        return f"{VIDEO}&t={3_600 * hours + 60 * minutes + seconds}s"


CHAPTERS = (
    Chapter("Data and counts", "0:03:03", "two-ways", ("count", "years")),
    Chapter("Sampling", "0:24:02", "sampling", ("multinomial",)),
    Chapter("Rows that sum to 1", "0:36:17", "two-ways", ("keepdim", "dimension")),
    Chapter("The loss", "0:50:14", "inside", ("impossible",)),
    Chapter("One-hot and W", "1:10:01", "inside", ("float",)),
    Chapter("Softmax: exp(W) as counts", "1:18:46", "inside", ("exp",)),
    Chapter("The vectorised loss", "1:35:49", "code", ("nelement",)),
    Chapter("Backward and update", "1:38:36", "inside", ("gradient", "slow")),
    Chapter("Putting it together", "1:42:55", "two-ways", ("lecture", "converged", "edge", "over", "chaos")),
    Chapter("One-hot selects a row", "1:47:49", "inside", ("row",)),
    Chapter("Smoothing as regularisation", "1:50:18", "two-ways", ("l2", "penalty")),
    Chapter("Sampling from the net", "1:54:31", "sampling", ("sampling",)),
    Chapter("Conclusion, and the exercises", "1:56:16", "smoothing", ("e01", "padding", "e02", "e03", "e04", "e05")),
)


class Own(BaseModel):
    """A lesson of one's own. All of it is text, and the page shows it as text."""

    question: Annotated[str, Field(min_length=1, max_length=400)]
    choices: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=150)]], Field(min_length=2, max_length=MOST_CHOICES)
    ]
    right: Annotated[int, Field(ge=1)]  # as a person counts
    why: Annotated[str, Field(max_length=1_000)] = ""

    @field_validator("choices", mode="before")
    @classmethod
    def _lines(cls, text: Any) -> Any:
        return [line.strip() for line in text.splitlines() if line.strip()] if isinstance(text, str) else text

    @field_validator("question", "why")
    @classmethod
    def _trimmed(cls, text: str) -> str:
        return text.strip()

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "Own":
        """The lesson of these values. ValueError: a sentence for each that is wrong."""
        try:
            own = cls(**values)
        except ValidationError as error:
            raise ValueError(" ".join(dict.fromkeys(RULES[str(e["loc"][0])] for e in error.errors()))) from None
        if not own.question or own.right > len(own.choices):
            raise ValueError(RULES["right" if own.question else "question"])
        if len(set(own.choices)) < len(own.choices):
            raise ValueError(RULES["different"])
        return own


RULES = {
    "question": "The question of a lesson must have 1 to 400 characters.",
    "choices": f"A lesson needs 2 to {MOST_CHOICES} choices, one a line, each of at most 150 characters.",
    "different": "Two choices of a lesson are the same. Write each choice once.",
    "right": "The right choice must be the number of one of the choices, counted from 1.",
    "why": "The explanation of a lesson may have at most 1,000 characters.",
}


def own_link(e: Experiment, question: str, choices: str, right: int, why: str) -> str:
    """The link of a lesson of one's own about the experiment e. ValueError: what is wrong, or the link is too long."""
    own = Own.parse({"question": question, "choices": choices, "right": right, "why": why})
    texts = {"ask": own.question, "choices": "\n".join(own.choices), "right": own.right, "why": own.why}
    link = e.query() + "&" + urlencode({key: text for key, text in texts.items() if text})
    if len(link) > LONGEST_LINK:
        raise ValueError(
            f"The link has {len(link):,} characters, more than {LONGEST_LINK:,}. Shorten the texts or the word list."
        )
    return link


def chain(links: str) -> str:
    """The link of a course: these links, one a line, in this order. ValueError: none, too many, or one is wrong."""
    queries = [urlsplit(line.strip()).query for line in links.splitlines() if line.strip()]
    if not 1 <= len(queries) <= LONGEST_COURSE:
        raise ValueError(f"A course has 1 to {LONGEST_COURSE} links, one a line; these are {len(queries)}.")
    for place, query in enumerate(queries, 1):
        link = read_link(f"?{query}")
        if len(query) > LONGEST_LINK:
            size = f"{len(query):,} characters, more than {LONGEST_LINK:,}"
            raise ValueError(f"The link in line {place} has {size}. Shorten its word list.")
        if not query or link.guide.get("course"):
            raise ValueError(
                f"Line {place} is no link of an experiment or a lesson. Copy it from Share or from a lesson."
            )
        if wrong := [sentence for sentence, _ in link.notices] + opened(link.guide)[1]:
            raise ValueError(f"The link in line {place}: {wrong[0]}")
    return "?" + urlencode({"v": 1, "course": "\n".join(queries)})


def opened(guide: Mapping[str, str]) -> tuple[dict[str, Any] | None, list[str]]:
    """What a link opens of the course, by its `guide`, for the page; and a sentence for each thing that is wrong.

    {"key": ...}: a lesson. {"own": ..., "settings": ...}: a lesson of one's own. {"course": [link, ...]}: a course.
    """
    try:
        if "course" in guide:
            queries = [query for query in guide["course"].splitlines() if query]
            chain("\n".join(f"?{query}" for query in queries))
            return {"course": [f"?{query}" for query in queries]}, []
        if "lesson" in guide:
            if guide["lesson"] not in BY_KEY:
                raise ValueError(f"There is no lesson {shown(guide['lesson'])}. Choose one of the course.")
            return {"key": guide["lesson"]}, []
        if "ask" in guide:
            texts = {
                "question": guide["ask"],
                **{key: guide[key] for key in ("choices", "right", "why") if key in guide},
            }
            return {"own": Own.parse(texts).model_dump()}, []
    except ValueError as error:
        return None, [str(error)]
    return None, []
