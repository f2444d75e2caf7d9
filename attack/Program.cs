using GradientDynamics.Attack.Commands;
using GradientDynamics.CommandLine;

return await CommandHost.RunAsync(AttackCommands.Create(), args);
