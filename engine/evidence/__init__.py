"""What figures rest on: trajectories, residuals and clouds of one round, and estimates with their errors."""
