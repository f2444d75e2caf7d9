using GradientDynamics.Train.Agreement;

namespace GradientDynamics.Train.Conformance;

/// <summary>What became of a case.</summary>
internal enum CaseOutcome
{
    /// <summary>Every output of every data set is as expected, and every gradient that was checked.</summary>
    Passed,

    /// <summary>An output or a gradient is not; the reason says which.</summary>
    Failed,

    /// <summary>The case has an operator, an opset or a datatype that docs/operators.md does not list.</summary>
    Unsupported,
}

/// <summary>Result of one case.</summary>
/// <param name="Name">The case.</param>
/// <param name="Result">What became of it.</param>
/// <param name="Operators">The operators of its model, each once.</param>
/// <param name="LargestError">Largest absolute difference of an output of floating point; null where nothing was compared or a difference is no number.</param>
/// <param name="Reason">Why it failed or is not supported, or what a pass leaves out.</param>
/// <param name="Gradients">What became of the gradients with respect to its inputs of floating point.</param>
internal sealed record CaseResult(string Name, CaseOutcome Result, IReadOnlyList<string> Operators, double? LargestError, string? Reason, IReadOnlyList<InputGradientCheck> Gradients);

/// <summary>Result of <c>gd-train conformance</c>.</summary>
/// <param name="Passed">Number of cases that passed.</param>
/// <param name="Failed">Number of cases that failed.</param>
/// <param name="Unsupported">Number of cases that are not supported.</param>
/// <param name="GradientsChecked">Number of passed cases in which a gradient was checked.</param>
/// <param name="Cases">The cases, by name.</param>
internal sealed record ConformanceResult(int Passed, int Failed, int Unsupported, int GradientsChecked, IReadOnlyList<CaseResult> Cases)
{
    public static ConformanceResult Of(IReadOnlyList<CaseResult> cases)
    {
        int Count(CaseOutcome outcome) => cases.Count(each => each.Result == outcome);
        return new(
            Count(CaseOutcome.Passed),
            Count(CaseOutcome.Failed),
            Count(CaseOutcome.Unsupported),
            cases.Count(each => each.Result == CaseOutcome.Passed && each.Gradients.Any(gradient => gradient.Outcome == GradientOutcome.Agrees)),
            cases);
    }
}
