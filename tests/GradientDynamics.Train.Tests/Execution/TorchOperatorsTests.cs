using GradientDynamics.Onnx.Operators;
using GradientDynamics.Train.Execution;

namespace GradientDynamics.Train.Tests.Execution;

public sealed class TorchOperatorsTests
{
    [Fact]
    public void TheTwoTables_ListTheSameOperators()
    {
        TorchOperators.Names.Order(StringComparer.Ordinal).ShouldBe(OperatorTable.All.Keys.Order(StringComparer.Ordinal));
    }
}
