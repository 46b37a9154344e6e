"""Ask an endpoint for answers: a server that is started for it, one at a URL, or one in SageMaker."""
