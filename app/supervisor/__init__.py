"""Processes that are kept alive: by the commands that start everything, and by the one that runs jobs."""
