"""Speech of the simulated customers and agents."""
