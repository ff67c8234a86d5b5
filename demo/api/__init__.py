"""What a program can call: the endpoints, and how they are called."""
