"""The programs that are measured. Each runs in its own environment and shares nothing but `job` with the others."""
