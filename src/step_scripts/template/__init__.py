"""What `step-scripts new` writes: a project from somebody's own table.

`infer.infer` guesses what the columns of a file are, and `contract_yaml.as_yaml` writes the guess as a contract.
`features` says what a model sees of it; `sample` and `synthetic` make fixtures; `report` shows it in a terminal.

Nothing is imported here: the help of the command needs neither pandas nor Arrow.
"""
