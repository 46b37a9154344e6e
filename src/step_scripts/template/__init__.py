"""What `step-scripts new` writes: a project from somebody's own table."""
