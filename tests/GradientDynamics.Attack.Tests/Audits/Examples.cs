using System.Runtime.InteropServices;
using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Tests.Targets;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Tests.Audits;

/// <summary>Small evaluation sets in memory.</summary>
internal static class Examples
{
    public static EvaluationSetMetadata Metadata(int classes, params int[] shape) => new()
    {
        Inputs = [new EvaluationInput { Datatype = Datatype.FP32, Shape = shape.Length == 0 ? [1] : shape, Bounds = InputBounds.Of(-10, 10) }],
        ClassNames = [.. ((string[])["zero", "one", "two", "three", "four"]).Take(classes)],
        Dataset = "gaussians",
        Split = "test",
    };

    public static EvaluationSet Of(ExampleBatch batch, EvaluationSetMetadata metadata, Func<int, int?>? attribute = null) => new()
    {
        Metadata = metadata,
        Examples =
        [
            .. Enumerable.Range(0, batch.Count).Select(example => new EvaluationExample
            {
                Id = batch.Ids[example],
                Inputs = [MemoryMarshal.AsBytes(batch.Input(example)).ToArray()],
                Label = batch.Labels[example],
                Attribute = attribute?.Invoke(example),
            }),
        ],
    };

    /// <summary>Examples around the origin, labelled by the model but for every seventh, with two attribute values.</summary>
    public static EvaluationSet Noisy(LinearClassifier model, int count, params int[] shape)
    {
        ExampleBatch batch = Attacks.PgdTests.Correct(model, count, 1);
        int classes = model.ClassCount;
        for (int example = 0; example < count; example += 7)
        {
            batch.Labels[example] = (batch.Labels[example] + 1) % classes;
        }

        EvaluationSetMetadata metadata = Metadata(classes, shape) with { AttributeNames = ["red", "green"] };
        return Of(batch, metadata with { TrainingGroupShares = [.. Enumerable.Repeat(1.0 / metadata.GroupCount, metadata.GroupCount)] }, example => example % 3 == 0 ? 0 : 1);
    }
}
