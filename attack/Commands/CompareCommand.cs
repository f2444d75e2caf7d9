using System.CommandLine;
using GradientDynamics.Attack.Targets;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Attack.Commands;

/// <summary><c>gd-attack compare</c>: two or more models on the same examples and random starts.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        CommandOptions options = new();
        Option<string[]> target = new("--target")
        {
            Description = "A model: LABEL=http://HOST:PORT/NAME[:VERSION], or LABEL=FILE.onnx; repeated, the first is the reference.",
            Required = true,
        };
        Option<string[]> modelFile = new("--model-file")
        {
            Description = "LABEL=FILE.onnx: the ONNX file of a served target, whose gradients are then computed here; may be repeated.",
            DefaultValueFactory = _ => [],
        };
        Command command = new("compare", "Accuracy, margins and robust accuracy of several models, paired by example.")
        {
            target, modelFile, options.EvaluationSet, options.Limit, options.Config, options.Set, options.Seed, options.Output, options.Json,
        };
        foreach (Option gate in options.Gates)
        {
            command.Add(gate);
        }

        command.SetAction((result, cancellationToken) => AuditCommand.RunAsync(options, Addresses(result.GetRequiredValue(target), result.GetValue(modelFile) ?? []), result, cancellationToken));
        return command;
    }

    private static (TargetAddress Address, string? ModelFile)[] Addresses(string[] targets, string[] modelFiles)
    {
        TargetAddress[] addresses = [.. targets.Select(TargetAddress.Parse)];
        if (addresses.Length < 2)
        {
            throw new CommandException(ExitCode.Configuration, "One --target is given; accepted are two or more. 'audit' takes one model.");
        }

        if (addresses.GroupBy(address => address.Label).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new CommandException(ExitCode.Configuration, $"The label '{twice.Key}' is given twice; accepted are targets of different labels.");
        }

        Dictionary<string, string> files = [];
        foreach (string text in modelFiles)
        {
            string[] parts = text.Split('=', 2);
            if (parts is not [{ Length: > 0 } label, { Length: > 0 } file] || !addresses.Any(address => address.Label == label && address.Server is not null) || !files.TryAdd(label, file))
            {
                throw new CommandException(ExitCode.Configuration, $"--model-file '{text}' is wrong; accepted is LABEL=FILE.onnx with the label of a served --target, once each.");
            }
        }

        return [.. addresses.Select(address => (address, files.GetValueOrDefault(address.Label)))];
    }
}
