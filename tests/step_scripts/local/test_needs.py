from step_scripts.local import needs


def step(name, kind="Processing", **arguments):
    """A step of a definition."""
    return {"Name": name, "Type": kind, "Arguments": arguments}


def test_images_of_every_kind_of_job():
    """Of processing, training and models, in branches too; by name or by a parameter; each once."""
    image = {"Get": "Parameters.Image"}
    gate = step(
        "D",
        "Condition",
        Conditions=[],
        IfSteps=[step("E", "Model", PrimaryContainer={"Image": image})],
        ElseSteps=[step("F", AppSpecification={"ImageUri": {"Std:Join": {"On": "/", "Values": ["a", image]}}})],
    )
    definition = {
        "Steps": [
            step("A", AppSpecification={"ImageUri": image}),
            step("B", "Training", AlgorithmSpecification={"TrainingImage": "other:2"}),
            step("C", "Training", AlgorithmSpecification={"AlgorithmName": "arn"}),
            gate,
        ]
    }
    assert needs.images(definition, {"Image": "ours:1"}) == {"ours:1", "other:2"}


def test_isolation_of_every_kind_of_job():
    """Processing says so in its network, tuning for its trials, all others by themselves; a transform by its model."""
    model = step("Model", "Model", EnableNetworkIsolation=True)
    definition = {
        "Steps": [
            step("Inside", NetworkConfig={"EnableNetworkIsolation": True}),
            step("Outside", NetworkConfig={"EnableNetworkIsolation": False}),
            step("Silent"),
            step("Train", "Training", EnableNetworkIsolation=True),
            step("Tune", "Tuning", TrainingJobDefinition={"EnableNetworkIsolation": True}),
            step("TuneOutside", "Tuning", TrainingJobDefinition={}),
            step("Gate", "Condition", Conditions=[], IfSteps=[model], ElseSteps=[]),
            step("Score", "Transform", ModelName={"Get": "Steps.Model.ModelName"}),
            step("Other", "Transform", ModelName="by name"),
        ]
    }
    assert needs.isolated(definition) == {"Inside", "Train", "Tune", "Model", "Score"}
