"""The steps: each file is one step, with one pure function, `parser()` and a thin `main()`."""
