"""What a step's script needs around its pure function: folders, whole files, exit codes, options."""
