using System.Collections.Immutable;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;

namespace GradientDynamics.Onnx.Tests.Graph;

public class ModelMetadataTests
{
    private static readonly ModelMetadata Full = new()
    {
        Task = "classification",
        Classes = ["plane", "horse, \"white\""],
        Attributes = ["red", "grün"],
        InputBounds = new([0, -1.5, 0], [1, 1, 255]),
        Layout = "CHW",
        Normalization = "(x - 0.5) / 0.25",
        Preprocessing = """{"kind": "image"}""",
        Objective = "spectral-decoupling",
        Sampler = "uniform",
        Dataset = "colored-mnist",
        DatasetHash = "sha256:00ff",
        Seed = long.MaxValue,
        Threads = 2,
        Epoch = 17,
        Selection = "worst-group-accuracy",
        Metrics = ImmutableSortedDictionary<string, double>.Empty.Add("worst", 0.1 + 0.2).Add("average", 1),
        RunConfiguration = "{}",
    };

    [Fact]
    public void Everything_survives_a_file()
    {
        OnnxGraph graph = new MlpOptions().Create(new InputSpec([2]), 2, new Random(1)).WithMetadata(Full.ToEntries());

        ModelMetadata read = ModelMetadata.Read(OnnxModelFile.Parse(OnnxModelFile.ToBytes(graph)));

        read.ShouldBe(Full);
        read.Classes.ShouldBe(Full.Classes);
        read.InputBounds.ShouldBe(Full.InputBounds);
        read.Metrics!["worst"].ShouldBe(0.1 + 0.2);
        read.Seed.ShouldBe(long.MaxValue);
    }

    // One key per property: a property that is not written would go missing unseen.
    [Fact]
    public void Every_property_has_its_key()
    {
        Full.ToEntries().Count.ShouldBe(typeof(ModelMetadata).GetProperties().Length);
        Full.ToEntries().Keys.ShouldAllBe(key => key.StartsWith(ModelMetadata.Prefix, StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_without_metadata_says_nothing()
    {
        ModelMetadata empty = ModelMetadata.Read(ImmutableDictionary<string, string>.Empty);

        empty.ShouldBe(new ModelMetadata());
        empty.ToEntries().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("classes", "plane", "a JSON list of texts")]
    [InlineData("classes", "null", "a JSON list of texts")]
    [InlineData("seed", "one", "a number")]
    [InlineData("epoch", "99999999999", "a number")]
    [InlineData("input_bounds", """{"lower": [0], "upper": [0]}""", "a JSON object of two lists of numbers, lower and upper")]
    [InlineData("input_bounds", """{"lower": [0]}""", "a JSON object of two lists of numbers, lower and upper")]
    [InlineData("input_bounds", "[0, 1]", "a JSON object of two lists of numbers, lower and upper")]
    [InlineData("metrics", """{"worst": "high"}""", "a JSON object of numbers")]
    public void A_wrong_entry_is_named(string key, string text, string accepted) =>
        Should.Throw<InvalidModelException>(() => ModelMetadata.Read(new Dictionary<string, string> { [ModelMetadata.Prefix + key] = text }))
            .Message.ShouldBe($"Metadata 'gradientdynamics.{key}' is '{text}'; {accepted} is accepted.");
}
