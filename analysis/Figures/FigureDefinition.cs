using GradientDynamics.CommandLine;

namespace GradientDynamics.Analysis.Figures;

/// <summary>A figure that can be drawn: its name, what it shows, and how its parameters are read.</summary>
/// <param name="name">Name of the command and of the files.</param>
/// <param name="description">What it shows, in one line.</param>
/// <param name="needsTrainingData">Whether it draws what gd-train has trained, from a folder named by its parameter <c>trainingData</c>.</param>
internal abstract class FigureDefinition(string name, string description, bool needsTrainingData)
{
    public string Name { get; } = name;

    public string Description { get; } = description;

    public bool NeedsTrainingData { get; } = needsTrainingData;

    /// <summary>Draws with the parameters of a file (null for the defaults) and overrides.</summary>
    public abstract Figure Draw(string? configurationPath, IReadOnlyList<string> overrides, CancellationToken cancellationToken);
}

/// <summary>A figure with its parameters.</summary>
internal sealed class FigureDefinition<TParameters>(string name, string description, Func<TParameters, CancellationToken, Figure> draw, bool needsTrainingData = false)
    : FigureDefinition(name, description, needsTrainingData)
{
    public override Figure Draw(string? configurationPath, IReadOnlyList<string> overrides, CancellationToken cancellationToken)
    {
        TParameters parameters = configurationPath is null
            ? ConfigurationFile.Parse<TParameters>("{}", "the figure's parameters", overrides)
            : ConfigurationFile.Read<TParameters>(configurationPath, overrides);
        return draw(parameters, cancellationToken) with { Name = Name, Parameters = ConfigurationFile.Write(parameters) };
    }
}
