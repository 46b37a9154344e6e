"""The program that the SDK's local mode starts for each job: it runs the job as child processes or containers.

The SDK writes a compose file and calls ``docker compose up``. ``bin/docker`` answers, and starts `main`, which starts
each service of the file and waits for it. For the process target, `container` lays out a private folder for the
service, and `child` starts its command there: in a new interpreter, or in a worker that the `fork_server` has
preloaded. For the docker target, `docker` creates a container through the real `engine`.

Nothing here imports the SDK, because each job waits for the runner to start.
"""
