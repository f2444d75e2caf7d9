using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Tests.Operators;

public class OperatorTableTests
{
    public static TheoryData<string> Cases => [.. OperatorCases.All.Select(each => each.ToString())];

    [Fact]
    public void Cases_are_named_apart() => OperatorCases.All.Select(each => each.ToString()).ShouldBeUnique();

    [Fact]
    public void Every_operator_has_a_case() => OperatorTable.All.Keys.Except(OperatorCases.All.Select(each => each.Operator)).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Fixed_types_and_shapes_are_those_of_ONNX_Runtime(string label)
    {
        OperatorCase each = OperatorCases.All.Single(candidate => candidate.ToString() == label);
        TensorType[] types = Infer(each, namedBatch: false);

        // Inference knows every number here: all sizes that it needs are constants.
        types.ShouldAllBe(type => type.Shape != null && type.Shape.IsFixed);
        IReadOnlyList<(TensorType Inferred, TensorType Actual)> judged = OrtJudge.Ask(each.Graph([.. types.Select(type => type.Element)]), each.Inputs);
        for (int i = 0; i < types.Length; i++)
        {
            types[i].ShouldBe(judged[i].Actual);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void With_a_named_batch_at_least_as_much_is_known_as_ONNX_Runtime_knows(string label)
    {
        OperatorCase each = OperatorCases.All.Single(candidate => candidate.ToString() == label);
        TensorType[] types = Infer(each, namedBatch: true);
        IReadOnlyList<(TensorType Inferred, TensorType Actual)> judged = OrtJudge.Ask(each.Graph([.. types.Select(type => type.Element)], namedBatch: true), each.Inputs);
        for (int i = 0; i < types.Length; i++)
        {
            // Squeeze without axes has no rank as long as the batch may be 1.
            if (types[i].Shape is not { } shape)
            {
                each.ToString().ShouldBe("Squeeze of every 1");
                continue;
            }

            // What is inferred holds of the actual output.
            shape.Rank.ShouldBe(judged[i].Actual.Shape!.Rank);

            // Of these ONNX Runtime infers nothing, which it reports as no dimensions.
            if (judged[i].Inferred.Shape!.Rank == 0 && shape.Rank > 0)
            {
                each.Operator.ShouldBeOneOf("MaxUnpool", "MeanVarianceNormalization");
                continue;
            }

            for (int d = 0; d < shape.Rank; d++)
            {
                if (shape[d].Value is { } known)
                {
                    known.ShouldBe(judged[i].Actual.Shape![d].Value!.Value);
                }

                // ONNX Runtime names its own dimensions where it knows none; those say nothing. Its numbers need not be ours: of a pool that is
                // rounded up it counts a last window that its kernel then drops, and the actual output above decides.
                Dimension theirs = judged[i].Inferred.Shape![d];
                (theirs.Value is null || shape[d].Value is not null).ShouldBeTrue($"dimension {d} of {types[i]} against {judged[i].Inferred}");
                (theirs.Symbol != "batch" || shape[d].Symbol == "batch").ShouldBeTrue($"dimension {d} of {types[i]} against {judged[i].Inferred}");
            }
        }
    }

    private static TensorType[] Infer(OperatorCase each, bool namedBatch)
    {
        OnnxGraph graph = each.Graph([.. Enumerable.Repeat(ElementType.Undefined, each.Outputs)], namedBatch);
        IReadOnlyDictionary<string, TensorType> types = ShapeInference.Infer(graph, strict: true);
        return [.. graph.Outputs.Select(output => types[output.Name])];
    }
}
