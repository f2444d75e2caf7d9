namespace GradientDynamics.Train.Figures;

/// <summary>A kind of figure.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Description">What it shows.</param>
/// <param name="Create">Makes it of runs.</param>
internal sealed record FigureKind(string Name, string Description, Func<IReadOnlyList<FigureRun>, Figure> Create)
{
    /// <summary>All kinds.</summary>
    public static IReadOnlyList<FigureKind> All { get; } =
    [
        new("decision-boundary", "Where the mean logit over seeds changes its sign, for inputs of two numbers: one panel for each configuration.", DecisionBoundaryFigure.Create),
        new("environments", "Accuracy and entropy of predictions on the test environments, with their table.", EnvironmentsFigure.Create),
        new("coefficient", "Clean and adversarial validation accuracy against Spectral Decoupling's coefficient.", CoefficientFigure.Create),
        new("double-descent", "Test error over weight decay and epoch, and three slices of it.", DoubleDescentFigure.Create),
        new("q-penalty", "Test error over epochs with and without the Q penalty.", QPenaltyFigure.Create),
        new("spurious-features", "Decisions over the spurious and the core feature, and near training examples with their noise: one panel for each configuration.", SpuriousFeaturesFigure.Create),
        new("groups", "Accuracy of each group over the epochs: one panel for each configuration.", GroupsFigure.Create),
    ];
}
