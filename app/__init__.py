"""Skrzynka: mail accounts, proven against their servers before they are saved.

The map, from the edges inwards; a line imports only from lines below it:

    worker            the processes that run jobs
    factory           create_app(config): puts the parts together
    fetcher           the process that fetches mail
    web, cli          edges: a request or a command in, an answer out
    jobs              edge: an id in, a commit out
    extensions        unbound Flask extensions and the job queues
    config            typed settings from the environment
    connection_tests  do these settings work?
    mailbox           fetched mail, as people read and answer it
    fetching          new messages of active accounts, each exactly once
    accounts autodiscovery form_layouts stationery users
    models            tables, free of Flask
    mail vault clock logs  talking to mail servers; sealed secrets; the time; errors without words
    supervisor        processes that are kept alive

This package imports nothing, so that the core can be used without Flask.
"""
