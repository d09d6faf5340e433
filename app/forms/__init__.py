"""Part -> form: editors, controls and typed values."""
