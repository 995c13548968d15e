"""What `bin/demo` does, on top of the same services as everybody else."""
