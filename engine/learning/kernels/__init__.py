"""Triton's kernels for training on an Nvidia GPU; torch's own calls do the same wherever these are not used."""
