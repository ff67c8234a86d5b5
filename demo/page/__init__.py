"""What the page asks of the server, the answers, and the modules that draw them."""
