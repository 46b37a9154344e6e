"""What a model's scores are worth: metrics with their uncertainty, curves, plots. Knows no step and no table."""
