using System.CommandLine;

namespace GradientDynamics.Train.Commands;

/// <summary>The commands of gd-train.</summary>
internal static class TrainCommands
{
    public static RootCommand Create() => new("Trains classifiers that stay right on minorities, and publishes them as ONNX models.")
    {
        FitCommand.Create(),
        PredictCommand.Create(),
        PublishCommand.Create(),
        EvaluationSetCommand.Create(),
        DatasetsCommand.Create(),
        SweepCommand.Create(),
        TableCommand.Create(),
        CheckModelCommand.Create(),
        ConformanceCommand.Create(),
        TangentFeaturesCommand.Create(),
        FigureCommand.Create(),
    };
}
