"""The door of the server: what may come in, and what is made once for all visitors."""
