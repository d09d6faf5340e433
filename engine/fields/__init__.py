"""Velocity fields v(x, t) that need no training: closed forms, their transforms, regressions on pairs."""
