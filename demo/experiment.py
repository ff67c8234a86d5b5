"""Every setting of the lab, once: its query key, type, bounds, default, label and help. <-> query string.

The controls of the page, the validation of what comes back from them, the share link, the API and the exported
script all read this one class.
"""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

import torch
from annotated_types import Ge, Le
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from bigram import FORMS
from bigram.datasets import NAMES
from bigram.reading import INVISIBLE, is_any_invisible

LINK_WORDS = 2_000  # characters of own words that stand in the link as they are
PACKED = "z"  # the key of a longer list, which is compressed
LINK_PACKED = 3_500  # characters of a compressed list, so that a lesson's link has room; a longer one has a SHA-256
UNPACKED = 50_000  # bytes of the list that a link may hold compressed
LINK_TABLE = 8_000  # characters of an own table that travel in the link: a bigram table of letters does
MOST_NOTICES = 5  # on the keys of a link
LONGEST_LINK, MOST_KEYS = 100_000, 200  # characters and keys of a link
LARGEST_SEED = 2**63 - 1
OWN_WORDS = 2_000_000  # characters of own words that the lab takes
OWN_TABLE = 6_000_000  # characters of an own table of counts: a file, compressed and as base64
TABS = {  # key: title
    "two-ways": "Two ways",
    "inside": "Look inside",
    "sampling": "Sampling",
    "smoothing": "Smoothing",
    "speed": "Speed",
    "code": "Code",
    "traps": "Traps",
}
GUIDED = ("lesson", "ask", "choices", "right", "why", "course")  # keys of a link that are for course.py
HIDEABLE = ("controls", "lessons", "share", "data", "order", "k", "steps", "lr", "l2", "seed", "form", "device")


def refuse_booleans(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a boolean is no number")
    return value


Whole = Annotated[int, BeforeValidator(refuse_booleans)]
Real = Annotated[float, BeforeValidator(refuse_booleans), Field(allow_inf_nan=False)]


def without_invisible(words: str) -> str:
    return INVISIBLE.sub("", words) if is_any_invisible(words) else words


def blank_is_none(value: Any) -> Any:
    return None if value == "" else value


def available_device(device: Any) -> Any:
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("no CUDA GPU here")
    return device


def known_parts(hide: Any) -> str:
    parts = [part for part in (hide if isinstance(hide, list) else str(hide).split(",")) if part]
    if not all(part in HIDEABLE for part in parts):
        raise ValueError("an unknown part")
    return ",".join(part for part in HIDEABLE if part in parts)


GROUPS = ("run", "count", "draw", "share")
# run: what the weights W depend on. count: what the counted table depends on besides. draw: the names drawn from both.
# share: what a link shows of the page.


if TYPE_CHECKING:  # what can be chosen is known only when the program runs
    Group = Data = Form = Tab = str
else:
    Group, Data, Form, Tab = (
        Literal[GROUPS],
        Literal[(*NAMES, "own", "table")],
        Literal[tuple(FORMS)],
        Literal[tuple(TABS)],
    )


def setting(
    group: Group,
    default: Any,
    label: str,
    help: str,
    formula: str = "",
    *,
    least: float | None = None,
    most: float | None = None,
    labels: tuple[str, ...] = (),
) -> Any:
    """A field of `Experiment`: its group, what the page says of it, and its bounds or the labels of its choices."""
    extra = {"group": group, "formula": formula, "labels": labels}
    return Field(default, title=label, description=help, ge=least, le=most, json_schema_extra=extra)


def noted(field: FieldInfo) -> Any:
    """What `setting` has noted of a field: its group, its formula, and the labels of its choices."""
    return field.json_schema_extra


class Experiment(BaseModel):
    """One experiment, complete: below the limit of stability, the same names on every machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Data = setting(
        "run",
        "us-2018",
        "word list",
        "what both models learn from",
        labels=("US names of 2018", "US names of 1880", "the lecture's names", "own words", "a table of counts"),
    )
    words: Annotated[str, Field(max_length=OWN_WORDS), AfterValidator(without_invisible)] = setting(
        "run", "", "own words", "one word a line"
    )
    table: Annotated[str, Field(max_length=OWN_TABLE)] = setting(
        "run", "", "own table", "a safetensors file of counts, as base64 of its gzip"
    )
    sha: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = setting(
        "run", "", "SHA-256", "of the table, or of words too long for a link"
    )
    order: Whole = setting(
        "run",
        2,
        "order",
        "2 bigram, 3 trigram",
        "C = V^(order − 1) contexts",
        least=2,
        most=4,
        labels=("2 bigram", "3 trigram", "4"),
    )
    k: Real = setting(
        "count", 1.0, "smoothing k", "added to every count", "P = (N + k) / Σ (N + k)", least=0, most=1_000
    )
    steps: Whole = setting("run", 100, "steps", "of gradient descent; 0 is the random start", least=0, most=2_000)
    lr: Real = setting(
        "run",
        50.0,
        "learning rate",
        "a step is this number times the slope",
        "W ← W − lr · ∂loss/∂W",
        least=0.001,
        most=1_000,
    )
    l2: Real = setting("run", 0.01, "L2 strength", "pulls W towards 0", "loss = NLL + l2 · mean(W²)", least=0, most=100)
    seed: Whole = setting("run", 2147483647, "seed of W", "same seed, same start", least=0, most=LARGEST_SEED)
    form: Form = setting("run", "counts", "forward pass", f"{len(FORMS)} forms: one value, {len(FORMS)} costs")
    device: Annotated[Literal["cpu", "cuda"], BeforeValidator(available_device)] = setting(
        "run", "cpu", "device", "cuda: a GPU"
    )
    split: Annotated[Whole | None, BeforeValidator(blank_is_none)] = setting(
        "run",
        None,
        "hold out",
        "seed that deals 80% train, 10% dev, 10% test; empty: train on all",
        least=0,
        most=LARGEST_SEED,
    )
    draws: Whole = setting("draw", 10, "names to sample", "from each table", least=1, most=200)
    draw_seed: Whole = setting(
        "draw", 2147483647, "seed of the names", "same seed, same names", least=0, most=LARGEST_SEED
    )
    tab: Tab = setting("share", "two-ways", "opening tab", "which screen a link opens", labels=tuple(TABS.values()))
    hide: Annotated[str, BeforeValidator(known_parts)] = setting("share", "", "hidden parts", "what a link leaves out")
    name: Annotated[str, Field(max_length=40)] = setting(
        "share", "", "your name", "the name whose path through the table a link lights up"
    )
    embed: Literal["", "1"] = setting("share", "", "embedded", "the bare screen, for a slide", labels=("no", "yes"))
    large: Literal["", "1"] = setting("share", "", "large type", "for a projector", labels=("no", "yes"))

    @classmethod
    def of_groups(cls, *groups: str) -> tuple[str, ...]:
        """The settings of some groups, in the order in which they stand above."""
        return tuple(key for key, field in cls.model_fields.items() if noted(field)["group"] in groups)

    @classmethod
    def parse(cls, values: Mapping[str, Any], called: Mapping[str, str] | None = None) -> "Experiment":
        """The experiment of these values; what is missing takes its default. ValueError: a sentence for each wrong one.

        `called`: the names of settings where they have other names than here.
        """
        most = len(cls.model_fields) + MOST_NOTICES
        if len(values) > most:  # before each unknown one gets a sentence of its own
            raise ValueError(
                f"An experiment has {len(cls.model_fields)} settings; {len(values):,} were given. Leave out the others."
            )
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise ValueError(" ".join(dict.fromkeys(cls.sentence(e, called) for e in error.errors()))) from None

    def query(self) -> str:
        """The query string of this experiment: `v=1` and the settings that differ from the defaults."""
        values = {key: plain(value) for key, value in self if value != type(self).model_fields[key].default}
        if self.data != "own":
            values.pop("words", None)
        elif len(self.words) > LINK_WORDS:
            short = packed(values.pop("words"))
            values |= {PACKED: short} if short else {"sha": sha256(self.words)}
        if self.data != "table" or len(self.table) > LINK_TABLE:
            values.pop("table", None)
        if self.data not in ("own", "table") or "table" in values:
            values.pop("sha", None)
        return "?" + urlencode({"v": 1} | values)

    @classmethod
    def sentence(cls, error: Mapping[str, Any], called: Mapping[str, str] | None = None) -> str:
        """What was wrong and what is allowed, from one error of pydantic."""
        key, value = error["loc"][0], error["input"]
        if key not in cls.model_fields:
            return f"There is no setting {shown(key)}."
        what = "nothing was given" if value in (None, "") else f"{shown(value)} is not"
        title = cls.model_fields[key].title or key
        comma = cls.bounds(key) != (None, None) and "," in str(value)
        hint = " Write numbers without a comma, like 0.5 or 1000." if comma else ""
        name = (called or {}).get(key, key)
        return f"{title[0].upper() + title[1:]} ({name}) must be {cls.allowed(key)}; {what}.{hint}"

    @classmethod
    def bounds(cls, key: str) -> tuple[Any, Any]:
        """The least and the greatest allowed value of a number, (None, None) for other settings."""
        rules = cls.model_fields[key].metadata
        return (
            next((rule.ge for rule in rules if isinstance(rule, Ge)), None),
            next((rule.le for rule in rules if isinstance(rule, Le)), None),
        )

    @classmethod
    def allowed(cls, key: str) -> str:
        """What a setting may be, in words: `a whole number from 1 to 2,000`."""
        if key == "device" and not torch.cuda.is_available():
            return "cpu, since PyTorch sees no GPU here"
        if key in ("words", "table", "sha", "hide", "name"):
            return {
                "words": f"text of at most {OWN_WORDS:,} characters",
                "table": f"text of at most {OWN_TABLE:,} characters",
                "sha": "64 hexadecimal digits",
                "hide": f"some of {', '.join(HIDEABLE)}, with commas between",
                "name": "text of at most 40 characters",
            }[key]
        least, most = cls.bounds(key)
        if least is None:
            return "one of " + ", ".join(filter(None, get_args(cls.model_fields[key].annotation)))
        whole = isinstance(least, int) and cls.model_fields[key].annotation is not float
        most = "2^63 − 1" if most == LARGEST_SEED else f"{most:,}"
        return f"a {'whole ' if whole else ''}number from {least:,} to {most}"


class Link(NamedTuple):
    """What a link holds."""

    experiment: Experiment
    guide: dict[str, str]  # the keys that open a lesson or a course, for course.py
    notices: list[tuple[str, str]]  # pairs of sentences: what was wrong in the link, and what was done about it

    @property
    def sentences(self) -> list[str]:
        """One for each value that was left out."""
        return [f"{wrong} {done}" for wrong, done in self.notices]


def read_link(link: str) -> Link:
    """A link, or its query string, read once. ValueError: it is too long to be one of the lab's."""
    if len(link) > LONGEST_LINK:
        raise ValueError(f"A link has at most {LONGEST_LINK:,} characters; this one has {len(link):,}.")
    if link.count("&") >= MOST_KEYS:
        raise ValueError(f"A link sets at most {MOST_KEYS} keys; this one has more. Copy it again from Share.")
    values, guide, notices, repeated = {}, {}, [], set()
    for key, value in parse_qsl(urlsplit(link).query if "?" in link else link, keep_blank_values=True):
        if key == PACKED:
            key = "words"
            try:
                value = unpacked(value)
            except ValueError as error:
                notices.append((str(error), "They were left out. Copy the link again, or paste the words."))
                continue
        if key in values | guide:
            repeated.add(key)
        if key in Experiment.model_fields:
            values[key] = value
        elif key in GUIDED:
            guide[key] = value
        elif key not in ("v", "view") and not key.startswith("__"):  # those are Gradio's and the Space's
            notices.append((f"There is no setting {shown(key)}.", "This part of the link was left out."))
    for key, value in (values | guide).items():
        if key in repeated:
            notices.append((f"The link sets {key} more than once.", f"Only the last value, {shown(value)}, counts."))
    notices = notices[:MOST_NOTICES]
    while True:
        try:
            return Link(Experiment.model_validate(values), guide, notices)
        except ValidationError as error:
            for wrong in {e["loc"][0]: e for e in error.errors()}.values():
                key = str(wrong["loc"][0])
                default = Experiment.model_fields[key].default
                used = "none" if default in ("", None) else plain(default)
                done = f"The link's value was left out; the default, {used}, is used."
                notices.append((Experiment.sentence(wrong), done))
                del values[key]


def plain(value: Any) -> Any:
    """A float without fraction as a whole number: 50 instead of 50.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def packed(words: str) -> str:
    """A list of words, compressed for a link: raw deflate as base64. Empty where the list is too long for a link."""
    if len(words) > UNPACKED or len(content := words.encode()) > UNPACKED:
        return ""
    deflate = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    text = base64.urlsafe_b64encode(deflate.compress(content) + deflate.flush()).decode().rstrip("=")
    return text if len(text) <= LINK_PACKED else ""


def unpacked(text: str) -> str:
    """The words that `packed` has compressed. ValueError: the text is too long, or `packed` has not made it."""
    inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        short = base64.b64decode(text[: LINK_PACKED + 4] + "=" * (-len(text) % 4), b"-_", validate=True)
        content = inflate.decompress(short, UNPACKED + 1)  # a small text can hide gigabytes: these are not written
        if len(text) <= LINK_PACKED and inflate.eof and not inflate.unused_data and len(content) <= UNPACKED:
            return content.decode()
    except (ValueError, zlib.error):
        pass
    raise ValueError(
        f"The words of this link ({PACKED}) cannot be read: they are damaged, or more than {UNPACKED:,} bytes."
    )


def sha256(words: str) -> str:
    """The SHA-256 of a list of words, as hexadecimal digits."""
    return hashlib.sha256(words.encode()).hexdigest()


def shown(value: Any) -> str:
    """A value as a sentence may quote it: short, and without line breaks."""
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    text = repr(value[:41] if isinstance(value, str) else value)
    return text if len(text) <= 40 else text[:39] + "…"
