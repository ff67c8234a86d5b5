"""The Bigram Lab. Rooms, from the top down; each knows only those below it:

app           the page and its server, put together
classroom     a class votes: rooms, and the routes that lead to them
page          what a browser asks, the answers, and what draws them
api           what programs call: gradio_client, curl, MCP
teaching      lessons, traps, the course along the lecture
takeaway      an experiment as a script, a call, a file
web           what comes in, in bounds; what goes out, made once for all
compute       from an experiment to its numbers: runs, their turns, prices and memory
experiment    every setting, once
"""
