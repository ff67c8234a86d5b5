"""Text of any size, and many machines: N(A + B) = N(A) + N(B), so count each part on its own and add the tables.

- Files: `count_files` counts the words of files, globs and URLs. `python -m bigram.corpus` does it as a program.
- Tables: `add` and `widen` them; `save_table` writes one as a file, `load_table` and `read_table` read it.
- Machines: `of_all_ranks` and `counts_of_all_ranks` descend where each machine holds a part of the examples.
"""

from bigram.scale.parallel import counts_of_all_ranks, of_all_ranks
from bigram.scale.stream import count_files
from bigram.scale.table import add, load_table, read_table, save_table, widen

__all__ = [
    "add",
    "count_files",
    "counts_of_all_ranks",
    "load_table",
    "of_all_ranks",
    "read_table",
    "save_table",
    "widen",
]
