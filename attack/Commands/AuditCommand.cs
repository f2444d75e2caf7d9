using System.CommandLine;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Reports;
using GradientDynamics.Attack.Targets;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Commands;

/// <summary><c>gd-attack audit</c>: margins and robust accuracy of one model.</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        CommandOptions options = new();
        Command command = new("audit", "Margins and robust accuracy of one model, overall and per group.")
        {
            options.Server, options.Model, options.ModelFile, options.EvaluationSet, options.Limit, options.Config, options.Set, options.Seed, options.Output, options.Json,
        };
        foreach (Option gate in options.Gates)
        {
            command.Add(gate);
        }

        command.SetAction((result, cancellationToken) =>
        {
            TargetAddress address = options.Target(result);
            string? file = address.Server is null ? null : result.GetValue(options.ModelFile)?.ToString();
            return RunAsync(options, [(address, file)], result, cancellationToken);
        });
        return command;
    }

    /// <summary>Audits the targets one after the other on the same examples, and writes the audit directory.</summary>
    public static async Task<int> RunAsync(CommandOptions options, IReadOnlyList<(TargetAddress Address, string? ModelFile)> addresses, ParseResult result, CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        CommandOutput console = CommandOutput.Of(result, options.Json);
        AuditOptions settings = options.Settings(result);
        using AtomicDirectory folder = AtomicDirectory.Create(result.GetRequiredValue(options.Output).ToString(), replace: false);
        EvaluationSet set = await options.ReadSetAsync(result, cancellationToken);

        List<ConfirmedTarget> targets = [];
        List<TargetFindings> findings = [];
        try
        {
            foreach ((TargetAddress address, string? modelFile) in addresses)
            {
                targets.Add(await TargetConnector.ConnectAsync(address, modelFile, set.Metadata, settings.Bounds, cancellationToken));
            }

            using ProgressReporter progress = console.Progress("Auditing", (long)set.Examples.Count * targets.Count);
            foreach ((int index, ConfirmedTarget target) in targets.Index())
            {
                long before = (long)index * set.Examples.Count;
                progress.Report(before, target.Label);
                findings.Add(await Audit.RunAsync(target, set, settings, done => progress.Report(before + done, target.Label), cancellationToken));
            }
        }
        finally
        {
            foreach (ConfirmedTarget target in targets)
            {
                await target.DisposeAsync();
            }
        }

        AuditReport report = AuditSummary.Of(findings, result.GetRequiredValue(options.EvaluationSet).ToString(), settings, started, (DateTimeOffset.UtcNow - started).TotalSeconds);
        await AuditDirectory.WriteAsync(folder, report, findings, cancellationToken);
        console.Write(report, AuditTables.Of(report));
        return console.Judge(report.Gates);
    }
}
