using System.CommandLine;

namespace GradientDynamics.Analysis.Commands;

/// <summary>The root command <c>gd-analyze</c>; its list is all that the tool does.</summary>
internal static class AnalyzeCommand
{
    public static RootCommand CreateRoot()
    {
        RootCommand root = new("The theory of gradient dynamics: double descent, gradient starvation, linear networks, balancing.")
        {
            new Command("linear-networks", "Linear networks: how fast modes are learned, and when to stop.")
            {
                LinearNetworkCommands.CreateModes(),
                LinearNetworkCommands.CreateGeneralization(),
            },
            new Command("double-descent", "Epoch-wise double descent of a linear teacher-student problem.")
            {
                DoubleDescentScalarCommand.Create(),
                DoubleDescentExactCommand.Create(),
                DescentSearchCommand.Create(),
                DoubleDescentComputations.CreateNoisySgd(),
                DoubleDescentComputations.CreateFreeEnergy(),
                DoubleDescentComputations.CreateAveraged(),
            },
            StarvationCommand.Create(),
            new Command("balancing", "Class and group imbalance, and the spurious-features problem.")
            {
                BalancingCommands.CreateImbalance(),
                BalancingCommands.CreateExpectedUnique(),
                BalancingCommands.CreateCoreError(),
                BalancingCommands.CreateMaximumMargin(),
            },
            new Command("statistics", "Tests and special functions.")
            {
                StatisticsCommands.CreateAlexanderGovern(),
                StatisticsCommands.CreateLambertW(),
            },
            StatisticsCommands.CreateLambertW(),
            FigureCommands.CreateAll(),
            FigureCommands.CreatePhaseDiagramPage(),
        };
        foreach (Command figure in FigureCommands.Create())
        {
            root.Add(figure);
        }

        return root;
    }
}
