"""Ask an endpoint for answers: a server of our own, one at a URL, or one in SageMaker."""
