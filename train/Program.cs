using GradientDynamics.CommandLine;
using GradientDynamics.Train;
using GradientDynamics.Train.Commands;

LargePages.RestartFor(args, "fit");
return await CommandHost.RunAsync(TrainCommands.Create(), args);
