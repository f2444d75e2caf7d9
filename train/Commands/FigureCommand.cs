using System.CommandLine;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Figures;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train figure KIND</c>: draws what runs have shown.</summary>
internal static class FigureCommand
{
    public static Command Create()
    {
        Command command = new("figure", "Draws what runs have shown, as PNG or SVG, and prints its numbers.");
        foreach (FigureKind kind in FigureKind.All)
        {
            command.Add(Create(kind));
        }

        return command;
    }

    private static Command Create(FigureKind kind)
    {
        Option<string[]> runs = new("--runs") { Description = "Run directories, or folders of them; runs that differ in the seed only are averaged.", Required = true, AllowMultipleArgumentsPerToken = true };
        Option<string> output = new("--output") { Description = "The picture, FILE.png or FILE.svg; one of that name is replaced.", Required = true };
        Option<bool> json = CommandOutput.JsonOption();
        Command command = new(kind.Name, kind.Description) { runs, output, json };
        command.SetAction((result, _) =>
        {
            string file = result.GetRequiredValue(output);
            string extension = Path.GetExtension(file).ToLowerInvariant();
            if (!FigureDrawing.Extensions.Contains(extension))
            {
                throw new CommandException(ExitCode.Configuration, $"--output: is '{file}'; accepted are names that end in {string.Join(" or ", FigureDrawing.Extensions)}.");
            }

            Figure figure = kind.Create(FigureRun.ReadAll(result.GetRequiredValue(runs)));
            byte[] picture = FigureDrawing.Draw(figure, extension);
            AtomicFile.Write(file, stream => stream.Write(picture));
            CommandOutput.Of(result, json).Write(FigureResult.Of(file, figure.Table), figure.Table);
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }
}

/// <summary>Result of <c>gd-train figure</c>.</summary>
/// <param name="File">The picture.</param>
/// <param name="Columns">Headers of the numbers.</param>
/// <param name="Rows">The numbers as they are printed.</param>
internal sealed record FigureResult(string File, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    public static FigureResult Of(string file, ResultTable table) => new(Path.GetFullPath(file), [.. table.Columns.Select(column => column.Header)], table.Rows);
}
