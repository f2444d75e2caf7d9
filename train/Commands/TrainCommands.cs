using System.CommandLine;

namespace GradientDynamics.Train.Commands;

/// <summary>The commands of gd-train.</summary>
internal static class TrainCommands
{
    public static RootCommand Create() => new("Trains classifiers with ERM and Spectral Decoupling, and publishes them as ONNX models.")
    {
        FitCommand.Create(),
        PublishCommand.Create(),
        EvaluationSetCommand.Create(),
        DatasetsCommand.Create(),
        CheckModelCommand.Create(),
        ConformanceCommand.Create(),
        TangentFeaturesCommand.Create(),
    };
}
