using GradientDynamics.CommandLine;
using GradientDynamics.Serve.Commands;

return await CommandHost.RunAsync(ServeCommand.CreateRoot(), args);
