using System.CommandLine;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train sweep</c>: hyper-parameter search.</summary>
internal static class SweepCommand
{
    public static Command Create() => new("sweep", "Searches hyper-parameters: plans trials, runs them, collects what they found.")
    {
        SweepPlanCommand.Create(),
        SweepRunCommand.Create(),
        SweepTrialCommand.Create(),
        SweepCollectCommand.Create(),
    };
}
