namespace GradientDynamics.Statistics;

/// <summary>Outcome of a hypothesis test.</summary>
/// <param name="Statistic">The test's statistic, as the test defines it.</param>
/// <param name="PValue">Probability, where the null hypothesis holds, of an outcome at least as extreme.</param>
public readonly record struct TestResult(double Statistic, double PValue);
