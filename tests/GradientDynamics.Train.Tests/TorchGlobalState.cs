namespace GradientDynamics.Train.Tests;

/// <summary>Tests that use what libtorch has once per process: its random generator, its number of threads, its count of tensors. They run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchGlobalState
{
    public const string Name = "libtorch's global state";
}
