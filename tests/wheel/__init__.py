"""The wheel is checked as a user meets it: installed by pip, with a project of their own outside of this repository."""
