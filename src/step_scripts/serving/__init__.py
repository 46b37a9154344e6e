"""A model behind SageMaker's HTTP contract, and in batches of files."""
