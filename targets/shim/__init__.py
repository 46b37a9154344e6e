"""What lies below the SDK's local mode in place of Docker: a program of that name, and jobs as child processes.

The SDK writes a compose file and calls ``docker compose up``. ``bin/docker`` answers and starts the `runner`, which
lays out a `container` of folders for each service and starts a `child` in it: a new interpreter, or a fork of the
`warm` server. Imports nothing of the SDK, because each job waits for it to start.
"""
