"""What this project's model is: features of a house, a linear model of its price, and how good it is."""
