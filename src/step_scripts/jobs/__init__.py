"""The shapes of steps in a pipeline definition, and the code that travels with each."""
