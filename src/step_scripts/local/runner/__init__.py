"""What lies below the SDK's local mode: a program by the name of Docker, and jobs as child processes or containers.

The SDK writes a compose file and calls ``docker compose up``. ``bin/docker`` answers and starts the `runner`, which
starts each service, and watches them. For the process target it lays out a `container` of folders and starts a `child`
in it: a new interpreter, or a fork of the `warm` server. For the docker target it asks the real `engine` for a
container (`docker`). Imports nothing of the SDK, because each job waits for it to start.
"""
