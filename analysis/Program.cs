using GradientDynamics.Analysis.Commands;
using GradientDynamics.CommandLine;

return await CommandHost.RunAsync(AnalyzeCommand.CreateRoot(), args);
