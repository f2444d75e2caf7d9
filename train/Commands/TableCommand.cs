using System.CommandLine;
using System.Globalization;
using System.Text;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Figures;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Tables;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train table</c>: the papers' tables of what a sweep found, and the course of training.</summary>
internal static class TableCommand
{
    public static Command Create() => new("table", "Prints the papers' tables of what gd-train sweep collect has written; each names its selection rule.")
    {
        Table("balancing-table-2", "Test worst-group accuracy of every method on every dataset (Idrissi et al., 2022).", several: false, collections => BalancingTables.WorstGroup(collections[0])),
        Table(
            "balancing-table-3",
            "What selection without attributes and training without regularization lose, and the time of an epoch (Idrissi et al., 2022); the first collection is the reference, the others are compared with it.",
            several: true,
            BalancingTables.Ablations),
        Table("balancing-table-4", "Hyper-parameters of the five best combinations (Idrissi et al., 2022).", several: false, collections => BalancingTables.HyperParameters(collections[0])),
        Table("starvation-table-2", "Accuracy in training and on the test set (Pezeshki et al., 2021).", several: false, collections => StarvationTables.TrainAndTest(collections[0])),
        Table("starvation-table-3", "Average and worst-group test accuracy (Pezeshki et al., 2021).", several: false, collections => StarvationTables.AverageAndWorstGroup(collections[0])),
        Evolution(),
    };

    private static Command Table(string name, string description, bool several, Func<IReadOnlyList<SweepCollection>, PaperTable> create)
    {
        Option<string> one = Collection();
        Option<string[]> results = new("--results")
        {
            Description = "Collections that gd-train sweep collect has written, of the same sweeps by different rules.", Required = true, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true,
        };
        Option<TableFormat> format = new("--format") { Description = "text, markdown, latex or csv. Default text.", DefaultValueFactory = _ => TableFormat.Text };
        Option<string?> output = new("--output") { Description = "Writes the table into this file instead of printing it; one of that name is replaced." };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new(name, description) { several ? results : one, format, output, json };
        command.SetAction((result, _) =>
        {
            PaperTable table = create([.. (several ? result.GetRequiredValue(results) : [result.GetRequiredValue(one)]).Select(SweepCollection.Read)]);
            CommandOutput console = CommandOutput.Of(result, json);
            if (result.GetValue(output) is { } file)
            {
                AtomicFile.WriteText(file, TableText.Write(table, result.GetValue(format)));
                console.Error.WriteLine(Path.GetFullPath(file));
            }

            if (console.Json)
            {
                ResultOutput.WriteJson(table, console.Output);
            }
            else if (result.GetValue(output) is null)
            {
                console.Output.Write(TableText.Write(table, result.GetValue(format)));
            }

            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static Command Evolution()
    {
        Option<string> results = Collection();
        Option<EvolutionCurves> curves = new("--curves") { Description = "methods, groups or ranks. Default methods.", DefaultValueFactory = _ => EvolutionCurves.Methods };
        Option<int> window = new("--window") { Description = "Evaluations over which a point is averaged, those up to its own; the paper has 5 for CelebA and 10 for Waterbirds. Default 1.", DefaultValueFactory = _ => 1 };
        window.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"--window: is {result.Tokens[0].Value}; accepted is a whole number from 1.");
            }
        });
        Option<string> output = new("--output") { Description = "The figure: .png, .svg or .csv; one of that name is replaced.", Required = true };
        output.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && Path.GetExtension(result.Tokens[0].Value) is not (".png" or ".svg" or ".csv"))
            {
                result.AddError($"--output: is {result.Tokens[0].Value}; accepted are names that end in .png, .svg or .csv.");
            }
        });

        Command command = new("evolution", "Draws accuracy in the course of training, averaged over the runs of the best combinations (figure 2 of Idrissi et al., 2022).") { results, curves, window, output };
        command.SetAction((result, _) =>
        {
            SweepCollection collection = SweepCollection.Read(result.GetRequiredValue(results));
            Figure figure = EvolutionFigure.Of(collection, result.GetValue(curves), result.GetValue(window));
            string file = result.GetRequiredValue(output);
            string extension = Path.GetExtension(file);
            byte[] content = extension == ".csv" ? Encoding.UTF8.GetBytes(CsvText.Of(figure.Table)) : FigureDrawing.Draw(figure, extension);
            AtomicFile.Write(file, stream => stream.Write(content));

            result.InvocationConfiguration.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(file)}: {collection.Title}"));
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static Option<string> Collection() => new("--results") { Description = "The collection that gd-train sweep collect has written.", Required = true };
}
