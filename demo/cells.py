"""Texts in a CSV, which a spreadsheet may open."""

FORMULA = tuple("=+-@＝＋－＠\t\r\n'")  # what spreadsheets take for the start of a formula, and our own mark


def inert(label: str) -> str:
    """A label that no spreadsheet takes for a formula; dropping a leading apostrophe gives it back."""
    return f"'{label}" if label.startswith(FORMULA) else label
