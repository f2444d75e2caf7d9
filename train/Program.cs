using GradientDynamics.CommandLine;
using GradientDynamics.Train.Commands;

return await CommandHost.RunAsync(TrainCommands.Create(), args);
