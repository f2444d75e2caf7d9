using System.Runtime.InteropServices;

namespace GradientDynamics.EvaluationSets.Tests;

/// <summary>Small sets that tests write, read and spoil.</summary>
internal static class Sets
{
    public static EvaluationSetMetadata Metadata => new()
    {
        Inputs = [new EvaluationInput { Datatype = Datatype.FP32, Shape = [2, 1, 2], Bounds = InputBounds.Of(0, 1) }],
        ClassNames = ["water bird", "land bird"],
        AttributeNames = ["water", "land", "air"],
        TrainingGroupShares = [0.5, 0.1, 0.1, 0.1, 0.1, 0.1],
        Dataset = "waterbirds",
        Split = "test",
    };

    public static EvaluationExample Example(int index) => new()
    {
        Id = $"image-{index}",
        Inputs = [TensorBytes.FromFloats([index % 2, 0.25f, 0.1f, 1])],
        Label = index % 2,
        Attribute = index % 3,
    };

    public static IEnumerable<EvaluationExample> Examples(int count) => Enumerable.Range(0, count).Select(Example);

    public static async Task<string> WriteAsync(TemporaryFolder folder, int count = 5)
    {
        string path = folder["set.parquet"];
        await EvaluationSetWriter.WriteAsync(path, Metadata, Examples(count));
        return path;
    }

    public static byte[] Bytes<T>(params T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();
}
