"""Training a velocity net: the net, its gradient, the optimiser, batches, when to stop, on which device."""
