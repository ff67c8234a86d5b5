"""A class votes on a question: the rooms, and how students and their teacher reach them."""
