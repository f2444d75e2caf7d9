namespace GradientDynamics.Train.Datasets;

/// <summary>The test set in another form, on which the selected model is evaluated once, after the last epoch.</summary>
/// <param name="Name">Name of the form, as in <c>run.json</c>.</param>
/// <param name="Data">The examples, with the labels of the test set.</param>
public sealed record TestEnvironment(string Name, GroupedDataset Data);
