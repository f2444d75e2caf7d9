using GradientDynamics.Analysis.DoubleDescent;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Which formula a figure draws.</summary>
internal enum ScalarFormula
{
    /// <summary>The papers' two-block formulas.</summary>
    Published,

    /// <summary>The joint deterministic equivalent.</summary>
    Joint,
}

/// <summary>R and Q by a chosen formula.</summary>
internal static class ScalarFormulas
{
    public static OrderParameters At(this ScalarFormula formula, TeacherStudent problem, double time)
    {
        double total = problem.TotalRegularization(time);
        return formula == ScalarFormula.Published ? PublishedScalarFormulas.TwoBlocks(problem, total).Total : JointEquivalent.At(problem, total).Total;
    }
}
