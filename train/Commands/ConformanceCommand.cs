using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Agreement;
using GradientDynamics.Train.Conformance;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train conformance</c>: ONNX's backend tests through TorchSharp's execution and the gradient graph.</summary>
internal static class ConformanceCommand
{
    // More names than one reads on a line.
    private const int MostShown = 10;

    // The cases' tensors are small: a second thread would only wait.
    private const int ThreadCount = 1;

    public static Command Create()
    {
        Argument<string> folder = new("folder") { Description = "Folder of cases in the layout of ONNX's backend tests: CASE/model.onnx and CASE/test_data_set_K." };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("conformance", "Runs ONNX's backend test cases, and checks their gradients.") { folder, json };
        command.SetAction((result, cancellationToken) =>
        {
            CommandOutput output = CommandOutput.Of(result, json);
            ConformanceResult conformance = Run(result.GetRequiredValue(folder), output, cancellationToken);
            output.Write(conformance, Summary(conformance));
            if (conformance.Failed > 0)
            {
                output.Error.WriteLine(Failure(conformance));
            }

            return Task.FromResult((int)(conformance.Failed > 0 ? ExitCode.GateFailed : ExitCode.Done));
        });
        return command;
    }

    private static ConformanceResult Run(string folder, CommandOutput output, CancellationToken cancellationToken)
    {
        IReadOnlyList<BackendCase> cases = BackendCase.FindAll(folder);
        TorchThreads.Use(ThreadCount);
        List<CaseResult> results = new(cases.Count);
        // A bar where the lines go elsewhere; lines on the terminal are progress enough.
        using ProgressReporter? progress = output.Json || ShowsBar(output) ? output.Progress("conformance", cases.Count) : null;
        foreach (BackendCase each in cases)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CaseResult result = CaseRunner.Run(each);
            results.Add(result);
            progress?.Report(results.Count, output.Json ? Line(result) : result.Name);
            if (!output.Json)
            {
                output.Output.WriteLine(Line(result));
            }
        }

        return ConformanceResult.Of(results);
    }

    private static string Failure(ConformanceResult result)
    {
        string[] failed = [.. result.Cases.Where(each => each.Result == CaseOutcome.Failed).Select(each => each.Name)];
        string more = failed.Length > MostShown ? $" and {failed.Length - MostShown} more" : "";
        return $"{failed.Length} of {result.Cases.Count} cases failed: {string.Join(", ", failed.Take(MostShown))}{more}.";
    }

    private static bool ShowsBar(CommandOutput output) => ReferenceEquals(output.Output, Console.Out) && Console.IsOutputRedirected && !Console.IsErrorRedirected;

    private static string Line(CaseResult result) => result.Result switch
    {
        CaseOutcome.Passed => string.Create(CultureInfo.InvariantCulture, $"passed {result.Name}: largest error {result.LargestError ?? 0:G2}; {GradientText(result)}{(result.Reason is null ? "" : $"; {result.Reason}")}"),
        CaseOutcome.Failed => string.Create(CultureInfo.InvariantCulture, $"failed {result.Name}: {(result.LargestError is { } error ? $"largest error {error:G2}; " : "")}{result.Reason}"),
        _ => $"unsupported {result.Name}: {result.Reason}",
    };

    private static string GradientText(CaseResult result) => result.Gradients.Count == 0
        ? "no gradient to check"
        : string.Join(", ", result.Gradients.GroupBy(gradient => gradient.Outcome == GradientOutcome.Agrees ? $"gradient checked ({gradient.How}{(gradient.ComparedWith == GradientCheck.WithAutograd ? $" against {GradientCheck.WithAutograd}: straight through" : "")})" : $"gradient not checked ({gradient.Reason})")
            .Select(group => $"{group.Key} of {string.Join(" and ", group.Select(gradient => gradient.Input))}"));

    private static ResultTable Summary(ConformanceResult result) => new ResultTable(
        ResultColumn.Number("passed"), ResultColumn.Number("failed"), ResultColumn.Number("unsupported"), ResultColumn.Number("gradient checked"))
        .Add(Text(result.Passed), Text(result.Failed), Text(result.Unsupported), Text(result.GradientsChecked));

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}
