using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>
/// For every operator, over shapes and attributes: TorchSharp's output and gradient, ONNX Runtime's output, the gradient graph run by ONNX
/// Runtime and by TorchSharp, and finite differences agree.
/// </summary>
public sealed class OperatorAgreementTests
{
    public static TheoryData<string> Cases => [.. OperatorCases.All.Keys];

    public static TheoryData<string> CasesAwayFromKinks => [.. OperatorCases.All.Where(pair => !pair.Value.Ties && !pair.Value.StraightThrough).Select(pair => pair.Key)];

    public static TheoryData<string> CasesWithGradientRule => [.. OperatorCases.All.Where(pair => pair.Value.NoGradientRule is null).Select(pair => pair.Key)];

    public static TheoryData<string> CasesWithoutGradientRule => [.. OperatorCases.All.Where(pair => pair.Value.NoGradientRule is not null).Select(pair => pair.Key)];

    [Fact]
    public void EveryOperatorOfTheTable_HasCases()
    {
        OperatorCases.All.Values.Select(each => each.Operator).Distinct().Order(StringComparer.Ordinal).ShouldBe(OperatorTable.All.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ACase_ContainsItsOperator(string name)
    {
        OperatorCase each = OperatorCases.All[name];

        each.Graph(withOutputs: true).Nodes.Select(node => node.Operator).ShouldContain(each.Operator);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TorchSharpAndOnnxRuntime_GiveEqualOutputs(string name)
    {
        OperatorCase each = OperatorCases.All[name];

        Views.OutputsShouldAgree(each.Graph(withOutputs: true), Input(each), Views.SinglePrecision, name);
    }

    [Theory]
    [MemberData(nameof(CasesWithGradientRule))]
    public void TheGradientGraph_InOnnxRuntimeAndInTorchSharp_GivesAutogradsGradient(string name)
    {
        OperatorCase each = OperatorCases.All[name];

        Views.GradientsShouldAgree(each.Graph(withOutputs: false), Input(each), OperatorCase.LogitCount, Views.SinglePrecisionOfGradients, name, each.RoundedNumbers);
    }

    [Theory]
    [MemberData(nameof(CasesAwayFromKinks))]
    public void Autograd_InDoublePrecision_GivesFiniteDifferences(string name)
    {
        OperatorCase each = OperatorCases.All[name];

        Views.FiniteDifferencesShouldAgree(each.Graph(withOutputs: false), Input(each), OperatorCase.LogitCount, name);
    }

    [Theory]
    [MemberData(nameof(CasesWithoutGradientRule))]
    public void AnOperatorWithoutRule_StopsTheGradientGraph_ByName(string name)
    {
        OperatorCase each = OperatorCases.All[name];

        UnsupportedOperatorException error = Should.Throw<UnsupportedOperatorException>(() => InputGradientGraph.Derive(each.Graph(withOutputs: false)));

        error.Message.ShouldContain(each.Operator);
        error.Message.ShouldContain(each.NoGradientRule!);
    }

    private static ConstantTensor Input(OperatorCase each) => ConstantTensor.Of<float>(each.Input(), [OperatorCase.BatchSize, .. each.InputShape]);
}
