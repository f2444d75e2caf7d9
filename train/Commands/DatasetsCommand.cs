using System.CommandLine;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train datasets</c>: which kinds of dataset exist, where their files come from, whether they are complete, and what is in them.</summary>
internal static class DatasetsCommand
{
    public static Command Create() => new("datasets", "Lists, prepares, checks, describes and synthesizes datasets.")
    {
        CreateList(),
        DatasetsPrepareCommand.Create(),
        DatasetsVerifyCommand.Create(),
        DatasetsDescribeCommand.Create(),
        DatasetsSynthesizeCommand.Create(),
    };

    private static Command CreateList()
    {
        Option<bool> json = CommandOutput.JsonOption();
        Command command = new("list", "Lists the kinds of dataset.") { json };
        command.SetAction(result =>
        {
            ResultTable table = new("kind", "what", "needs");
            foreach (DatasetKind kind in DatasetKind.All)
            {
                table.Add(kind.Kind, kind.Description, kind.Needs);
            }

            CommandOutput.Of(result, json).Write(DatasetKind.All, table);
            return (int)ExitCode.Done;
        });
        return command;
    }
}
