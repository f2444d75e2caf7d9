using GradientDynamics.Bench;
using GradientDynamics.Bench.Analysis;
using GradientDynamics.Bench.Attacks;
using GradientDynamics.Bench.Devices;
using GradientDynamics.Bench.Gradients;
using GradientDynamics.Bench.Inputs;
using GradientDynamics.Bench.Serving;
using GradientDynamics.Bench.Sweeps;
using GradientDynamics.Bench.Training;
using GradientDynamics.Train;

// What is compared with PyTorch trains as gd-train fit does.
LargePages.RestartFor(args, "training-python");

// dotnet run -c Release --project bench -- training | training-python | gradients | attacks | serving | device | analysis | input-pipeline | sweeps
Dictionary<string, Func<string[], Task<int>>> comparisons = new()
{
    ["training"] = TrainingComparison.RunAsync,
    ["training-python"] = PythonComparison.RunAsync,
    ["gradients"] = GradientComparison.RunAsync,
    ["attacks"] = AttackComparison.RunAsync,
    [DerivationProcess.Name] = DerivationProcess.RunAsync,
    ["serving"] = ServingComparison.RunAsync,
    ["device"] = DeviceComparison.RunAsync,
    ["analysis"] = AnalysisComparison.RunAsync,
    ["input-pipeline"] = InputPipeline.RunAsync,
    ["sweeps"] = SweepComparison.RunAsync,
};

if (args.Length == 0 || !comparisons.TryGetValue(args[0], out Func<string[], Task<int>>? comparison))
{
    Console.Error.WriteLine($"Name a comparison: {string.Join(", ", comparisons.Keys)}.");
    return 2;
}

try
{
    return await comparison(args[1..]);
}
catch (WrongArgumentException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
