"""Lessons, traps and the course along the lecture."""
