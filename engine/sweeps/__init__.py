"""Many runs of one spec: the plan, one trial, where trials run, the results and their chart."""
