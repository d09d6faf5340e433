"""One ODE solver per file."""
