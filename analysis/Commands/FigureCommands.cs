using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using GradientDynamics.Analysis.Figures;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Analysis.Commands;

/// <summary><c>gd-analyze FIGURE --output DIR</c> for each figure, and <c>gd-analyze all --output DIR</c>.</summary>
internal static class FigureCommands
{
    public static IEnumerable<Command> Create() => FigureList.All.Select(CreateOne);

    public static Command CreateAll()
    {
        Option<DirectoryInfo> output = Output();
        Option<bool> replace = Replace();
        Option<DirectoryInfo?> data = new("--training-data") { Description = "Folder of what gd-train has trained for the figures that need it; without it they are left out." };
        Option<bool> json = new("--json") { Description = "Prints what each figure found as JSON." };
        Command command = new("all", "Draws every figure and one HTML page with all of them.") { output, data, replace, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            using AtomicDirectory folder = AtomicDirectory.Create(parsed.GetRequiredValue(output).FullName, parsed.GetValue(replace));
            List<Figure> figures = [];
            string? training = parsed.GetValue(data)?.FullName;
            FigureDefinition[] drawn = [.. FigureList.All.Where(definition => training is not null || !definition.NeedsTrainingData)];
            FigureDefinition[] missing = [.. FigureList.All.Except(drawn)];
            using (ProgressReporter progress = ProgressReporter.Create("figures", drawn.Length, parsed.GetValue(json)))
            {
                foreach (FigureDefinition definition in drawn)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    long start = Stopwatch.GetTimestamp();
                    Figure figure = Computation.Run(definition.Name, () => definition.Draw(null, definition.NeedsTrainingData ? [$"trainingData={JsonSerializer.Serialize(training)}"] : [], cancellationToken));
                    FigureFiles.Write(figure, folder.Path);
                    figures.Add(figure);
                    progress.Report(figures.Count, $"{figure.Name} in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
                }
            }

            File.WriteAllText(Path.Combine(folder.Path, "index.html"), FigureFiles.Page(figures, [.. missing.Select(definition => (definition.Name, definition.Description))]));
            File.WriteAllText(Path.Combine(folder.Path, "phase-diagram.html"), InteractivePage.Write(cancellationToken));
            folder.Commit();
            WriteFindings(figures, parsed.GetValue(json), parsed.InvocationConfiguration.Output);
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    public static Command CreatePhaseDiagramPage()
    {
        Option<FileInfo> output = new("--output") { Description = "HTML file to write.", Required = true };
        Command command = new("phase-diagram-page", "Writes the phase diagram as an HTML page with sliders for κ, σ, λ and n/d.") { output };
        command.SetAction((parsed, cancellationToken) =>
        {
            AtomicFile.WriteText(parsed.GetRequiredValue(output).FullName, InteractivePage.Write(cancellationToken));
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static Command CreateOne(FigureDefinition definition)
    {
        Option<DirectoryInfo> output = Output();
        Option<FileInfo?> config = new("--config") { Description = "The figure's parameters (JSON). Default: those of the papers." };
        Option<string[]> set = Computation.Overrides();
        Option<bool> replace = Replace();
        Option<bool> json = new("--json") { Description = "Prints what the figure found as JSON." };
        Command command = new(definition.Name, definition.Description) { output, config, set, replace, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            using AtomicDirectory folder = AtomicDirectory.Create(parsed.GetRequiredValue(output).FullName, parsed.GetValue(replace));
            string? path = parsed.GetValue(config)?.ToString();
            Figure figure = Computation.Run(path ?? definition.Name, () => definition.Draw(path, parsed.GetValue(set) ?? [], cancellationToken));
            FigureFiles.Write(figure, folder.Path);
            File.WriteAllText(Path.Combine(folder.Path, figure.Name + ".json"), figure.Parameters);
            folder.Commit();
            WriteFindings([figure], parsed.GetValue(json), parsed.InvocationConfiguration.Output);
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static Option<DirectoryInfo> Output() => new("--output") { Description = "Folder to create.", Required = true };

    private static Option<bool> Replace() => new("--replace") { Description = "Replaces the folder if it exists." };

    private static void WriteFindings(IReadOnlyList<Figure> figures, bool json, TextWriter output)
    {
        if (json)
        {
            ResultOutput.WriteJson(figures.ToDictionary(figure => figure.Name, figure => figure.Findings.ToDictionary(finding => finding.Name, finding => finding.Value)), output);
            return;
        }

        ResultTable table = new("figure", "quantity", ResultColumn.Number("value"));
        foreach (Figure figure in figures)
        {
            foreach (Finding finding in figure.Findings)
            {
                table.Add(figure.Name, finding.Name, finding.Value.ToString("G4"));
            }
        }

        if (table.Rows.Count > 0)
        {
            ResultOutput.WriteTable(table, output);
        }
    }
}
