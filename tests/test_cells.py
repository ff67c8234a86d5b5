"""A CSV that a spreadsheet opens holds no formula, whatever it separates by; and its texts come back."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from demo.takeaway.cells import FORMULA, inert, plain

labels = st.text("""ab=+-@＝'",;\t\r\n \0""", max_size=8)


@example([["a;=1"]])
@example([["a\t=1", "a,=1", 'a;"=1', "a; =1", "a;'x"]])
@example([["a,;", "b"], ["=1", "a;"]])  # what follows a separator at the end of a label
@given(st.lists(st.lists(labels, min_size=1, max_size=3), min_size=1, max_size=3))
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_begins_with_a_formula_whatever_separates(separator, rows):
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([*map(inert, row), 0.5] for row in rows)
    for row in csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=separator):
        assert not [cell for cell in row if cell.lstrip(" ").startswith(FORMULA[:-1])]


@given(st.lists(labels, min_size=1, max_size=4))
def test_a_program_that_reads_the_file_gets_the_labels_back(row):
    file = io.StringIO()
    csv.writer(file).writerow(map(inert, row))
    (cells,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert [plain(cell) for cell in cells] == row


@pytest.mark.parametrize(
    "label", ["", "emma", "What is 1 + 1, or 2 - 1; and why?", "a, b,\nc", "one\n\ntwo", "it's", "李"]
)
def test_an_innocent_label_stays_as_it_is(label):
    assert inert(label) == label


def test_long_runs_of_separators_cost_no_more_than_other_text():
    """Were the cost the square of the length, this would take an hour, and end as a test that hangs."""
    label = "a" + "\t" * 2**18 + '"\n' * 2**18 + "="
    assert plain(inert(label)) == label
