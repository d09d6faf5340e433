"""What the distributions share: Gaussian mixtures, shapes of the plane."""
