"""Numbers as the page writes them."""

import math

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def value(text: str) -> tuple[float, float]:
    """A number as the page writes it, and half of the last digit that it shows."""
    text = text.split()[0].replace("−", "-").replace(",", "")
    if text.endswith("∞"):
        return math.inf, 0.0
    mantissa, _, power = text.partition("·10")
    scale = 10.0 ** int(power.translate(SUPERSCRIPTS) or 0)
    return float(mantissa) * scale, 0.501 * scale * 10.0 ** -len(mantissa.partition(".")[2])


def close(text: str, number: float, more: float = 0.0) -> bool:
    """Whether the text is the number, to the digits that it shows and `more`."""
    written, half = value(text)
    return written == number or abs(written - number) <= half + more
