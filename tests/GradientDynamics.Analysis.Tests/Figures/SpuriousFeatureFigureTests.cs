using GradientDynamics.Analysis.Balancing;
using GradientDynamics.Analysis.Figures;
using GradientDynamics.Analysis.Numerics;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Analysis.Tests.Figures;

/// <summary>Figure 8.1 on a training set from a file, as gd-train writes it.</summary>
public sealed class SpuriousFeatureFigureTests
{
    // Half a unit in the last place of single precision, in which the file holds inputs.
    private const double Rounding = 1.0 / (1 << 24);

    // Three different scales, so that none can stand for another.
    private static readonly SpuriousFeatureTraining Training = new() { Count = 40, NoiseDimension = 5, SpuriousScale = 3, CoreScale = 0.5, NoiseScale = 7 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_OfUnscaledExamples_GivesTheScaledOnes()
    {
        using TemporaryFolder folder = new();
        SpuriousFeatureSet drawn = Training.Draw(new GaussianSource(1), noisy: true);
        string path = await WriteAsync(folder, drawn, metadata => metadata);

        SpuriousFeatureSet read = SpuriousFeatureFigure.Read(path, Training, Cancellation);

        read.Labels.ShouldBe(drawn.Labels);
        read.IsMajority.ShouldBe(drawn.IsMajority);
        read.Inputs.Count.ShouldBe(drawn.Inputs.Count);
        foreach ((double[] input, double[] expected) in read.Inputs.Zip(drawn.Inputs))
        {
            input.Length.ShouldBe(expected.Length);
            input.Zip(expected).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) <= Rounding * Math.Abs(pair.Second) * (1 + Rounding));
        }
    }

    public static TheoryData<string> Changes => ["attributes", "classes", "shape", "inputs"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Read_OfAnotherProblemsSet_SaysWhatIsAccepted(string change)
    {
        using TemporaryFolder folder = new();
        SpuriousFeatureSet drawn = (Training with { NoiseDimension = change == "shape" ? 0 : 5 }).Draw(new GaussianSource(1), noisy: true);
        string path = await WriteAsync(folder, drawn, metadata => change switch
        {
            // The other way round, every example would be of the other group.
            "attributes" => metadata with { AttributeNames = ["majority", "minority"] },
            "classes" => metadata with { ClassNames = ["-1", "0", "+1"] },
            "inputs" => metadata with { Inputs = [metadata.Inputs[0] with { Name = "one" }, metadata.Inputs[0] with { Name = "two" }] },
            _ => metadata,
        });

        InvalidDataException error = Should.Throw<InvalidDataException>(() => SpuriousFeatureFigure.Read(path, Training, Cancellation));

        error.Message.ShouldStartWith(path);
        error.Message.ShouldContain("accepted are two classes, the attributes minority and majority, and one input of at least three numbers");
    }

    private static async Task<string> WriteAsync(TemporaryFolder folder, SpuriousFeatureSet set, Func<EvaluationSetMetadata, EvaluationSetMetadata> change)
    {
        double[] scales = [Training.SpuriousScale, Training.CoreScale, .. Enumerable.Repeat(Training.NoiseScale, set.Inputs[0].Length - 2)];
        EvaluationSetMetadata metadata = change(new()
        {
            Inputs = [new EvaluationInput { Datatype = Datatype.FP32, Shape = [scales.Length] }],
            ClassNames = ["-1", "+1"],
            AttributeNames = ["minority", "majority"],
            Dataset = "spurious-features",
            Split = "train",
        });
        string path = Path.Combine(folder.Path, "train.parquet");
        await EvaluationSetWriter.WriteAsync(path, metadata, set.Inputs.Select((input, i) => new EvaluationExample
        {
            Id = $"{i}",
            Inputs = [.. metadata.Inputs.Select(_ => TensorBytes.FromFloats([.. input.Zip(scales, (value, scale) => (float)(value / scale))]))],
            Label = set.Labels[i] > 0 ? 1 : 0,
            Attribute = set.IsMajority[i] ? 1 : 0,
        }), Cancellation);
        return path;
    }
}
