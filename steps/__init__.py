"""The jobs: one step is one file, which holds one pure function, `parser()` and a thin `main()`."""
