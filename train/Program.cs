using GradientDynamics.CommandLine;
using GradientDynamics.Train;
using GradientDynamics.Train.Commands;

LargePages.RestartWith(args);
return await CommandHost.RunAsync(TrainCommands.Create(), args);
