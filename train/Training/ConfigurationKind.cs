using System.Text.Json;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Procedures;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Training;

/// <summary>Parts of a configuration under the names that they have in its file.</summary>
internal static class ConfigurationKind
{
    private static readonly JsonSerializerOptions CompactOptions = new(ConfigurationFile.Options) { WriteIndented = false };

    /// <summary>The kind of a dataset.</summary>
    public static string Of(DatasetOptions dataset) => Discriminator(dataset);

    /// <summary>The kind of a network.</summary>
    public static string Of(NetworkOptions network) => Discriminator(network);

    /// <summary>The kind of an objective.</summary>
    public static string Of(ObjectiveOptions objective) => Discriminator(objective);

    /// <summary>The kind of a sampler.</summary>
    public static string Of(SamplerOptions sampler) => Discriminator(sampler);

    /// <summary>The kind of a procedure.</summary>
    public static string Of(ProcedureOptions procedure) => Discriminator(procedure);

    /// <summary>The name of a setting among several.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => JsonSerializer.SerializeToElement(value, CompactOptions).GetString()!;

    /// <summary>A configuration on one line.</summary>
    public static string Compact<T>(T value) => JsonSerializer.Serialize(value, CompactOptions);

    private static string Discriminator<T>(T options) => JsonSerializer.SerializeToElement(options, CompactOptions).GetProperty(ConfigurationFile.Discriminator).GetString()!;
}
