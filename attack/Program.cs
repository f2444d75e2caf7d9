using System.CommandLine;
using GradientDynamics.CommandLine;

return await CommandHost.RunAsync(new RootCommand("Audits classifiers."), args);
