"""From an experiment to its numbers: runs, their turns, prices and memory."""
