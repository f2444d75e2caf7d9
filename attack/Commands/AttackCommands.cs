using System.CommandLine;

namespace GradientDynamics.Attack.Commands;

/// <summary>The command line of gd-attack.</summary>
internal static class AttackCommands
{
    public static RootCommand Create() => new("Audits classifiers: how far each decision is from flipping, and how the worst group fares.")
    {
        EvaluateCommand.Create(),
        AuditCommand.Create(),
        CompareCommand.Create(),
    };
}
