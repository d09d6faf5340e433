"""Moving points through a field: solvers at work, their grids, the accurate solver, typed formulas."""
