using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>A point where the generalisation error turns.</summary>
/// <param name="Time">Training time t.</param>
/// <param name="GeneralizationError">L_G there.</param>
/// <param name="IsMinimum">Whether it is a minimum; otherwise a maximum.</param>
public readonly record struct TurningPoint(double Time, double GeneralizationError, bool IsMinimum);

/// <summary>Where the generalisation error turns over training time, when to stop, and whether it descends twice; by search on the joint formula.</summary>
/// <remarks>
/// L_G(t) is evaluated at 60 points per decade from a hundredth of the fastest block's time scale to ten thousand of the slowest's, and turning points are
/// refined by golden section. Accuracy: turning times to 1e-6 relative, errors to 1e-14; a wiggle narrower than a sixtieth of a decade would be missed.
/// </remarks>
public sealed class DescentSearch
{
    private const int PointsPerDecade = 60;

    // Rounding of L_G: a rise or fall below it is none.
    private const double Rounding = 1e-13;

    private DescentSearch(IReadOnlyList<TurningPoint> turningPoints, double optimalTime, double optimalError, double finalError)
    {
        TurningPoints = turningPoints;
        OptimalTime = optimalTime;
        OptimalError = optimalError;
        FinalError = finalError;
    }

    /// <summary>Minima and maxima in the order of time.</summary>
    public IReadOnlyList<TurningPoint> TurningPoints { get; }

    /// <summary>Optimal stopping time; positive infinity where longer training is always better.</summary>
    public double OptimalTime { get; }

    /// <summary>L_G at the optimal stopping time.</summary>
    public double OptimalError { get; }

    /// <summary>L_G at the end of the searched times.</summary>
    public double FinalError { get; }

    /// <summary>Whether the error falls, rises and falls again.</summary>
    public bool HasSecondDescent => TurningPoints.SkipWhile(point => !point.IsMinimum).Any(point => !point.IsMinimum);

    /// <summary>Searches a problem.</summary>
    /// <param name="problem">The problem.</param>
    public static DescentSearch Of(TeacherStudent problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        double fastest = problem.Blocks.Max(block => block.SingularValue);
        double slowest = problem.Blocks.Min(block => block.SingularValue);
        double start = Math.Log10(0.01 / (problem.LearningRate * fastest * fastest));
        double end = Math.Log10(1e4 / (problem.LearningRate * slowest * slowest));
        double Error(double logTime) => JointEquivalent.GeneralizationError(problem, problem.TotalRegularization(Math.Pow(10, logTime)));

        int count = (int)Math.Ceiling((end - start) * PointsPerDecade);
        double[] times = [.. Enumerable.Range(0, count + 1).Select(i => start + ((end - start) * i / count))];
        double[] errors = [.. times.Select(Error)];
        List<TurningPoint> points = [];
        int direction = -1;
        int extreme = 0;
        for (int i = 1; i < errors.Length; i++)
        {
            if (direction * (errors[i] - errors[extreme]) > 0)
            {
                extreme = i;
            }
            else if (direction * (errors[extreme] - errors[i]) > Rounding)
            {
                if (extreme > 0)
                {
                    int sign = -direction;
                    (double time, double value) = ScalarMinimization.Find(x => sign * Error(x), times[extreme - 1], times[Math.Min(extreme + 1, count)]);
                    points.Add(new TurningPoint(Math.Pow(10, time), sign * value, direction < 0));
                }

                direction = -direction;
                extreme = i;
            }
        }

        double best = errors[^1];
        double bestTime = double.PositiveInfinity;
        foreach (TurningPoint point in points.Where(point => point.IsMinimum && point.GeneralizationError < best))
        {
            best = point.GeneralizationError;
            bestTime = point.Time;
        }

        return new DescentSearch(points, bestTime, best, errors[^1]);
    }
}
