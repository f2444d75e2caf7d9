namespace GradientDynamics.Analysis.Numerics;

/// <summary>The right-hand side of an ordinary differential equation.</summary>
/// <param name="time">Time.</param>
/// <param name="state">State at that time.</param>
/// <param name="rate">Receives the derivative of the state.</param>
public delegate void Derivative(double time, ReadOnlySpan<double> state, Span<double> rate);

/// <summary>Ordinary differential equations by the embedded Runge-Kutta pair of orders 5 and 4 of Dormand and Prince, with error control.</summary>
/// <remarks>
/// Accuracy: each step's estimated error stays below AbsoluteTolerance + RelativeTolerance·|state| in every component; the global error
/// grows from it as the equation amplifies errors. Requested times are reached by steps that end on them, not by interpolation.
/// Dormand and Prince, 1980, https://doi.org/10.1016/0771-050X(80)90013-3; step control by proportion and integral after
/// Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, section II.4.
/// </remarks>
public sealed record DormandPrince
{
    private static readonly double[][] Coupling =
    [
        [],
        [1.0 / 5],
        [3.0 / 40, 9.0 / 40],
        [44.0 / 45, -56.0 / 15, 32.0 / 9],
        [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
        [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
    ];

    private static readonly double[] Nodes = [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1];

    // Weights of order 5 minus those of order 4.
    private static readonly double[] ErrorWeights = [71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40];

    /// <summary>Error of a step relative to the state. Default 1e-10.</summary>
    public double RelativeTolerance { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } } = 1e-10;

    /// <summary>Error of a step beside the relative one, for components near zero. Default 1e-13.</summary>
    public double AbsoluteTolerance { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } } = 1e-13;

    /// <summary>Steps, refused ones included, after which the integration gives up. Default 2,000,000.</summary>
    public int MaximumSteps { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } } = 2_000_000;

    /// <summary>The states at the requested times, row by row.</summary>
    /// <param name="derivative">The right-hand side.</param>
    /// <param name="start">State at time 0.</param>
    /// <param name="times">Times from 0 on, ascending.</param>
    /// <exception cref="NonConvergenceException">The step size fell below rounding, the state stopped being finite, or there were too many steps.</exception>
    public double[][] Integrate(Derivative derivative, ReadOnlySpan<double> start, ReadOnlySpan<double> times)
    {
        ArgumentNullException.ThrowIfNull(derivative);
        int size = start.Length;
        double[] state = start.ToArray();
        double[] trial = new double[size];
        double[][] stages = [.. Enumerable.Range(0, Nodes.Length).Select(_ => new double[size])];
        double[][] result = new double[times.Length][];
        double time = 0;
        double step = 0;
        double previousError = 1;
        int steps = 0;
        derivative(time, state, stages[0]);

        for (int index = 0; index < times.Length; index++)
        {
            double end = times[index];
            if (!(end >= time))
            {
                throw new ArgumentException($"Times ascend from 0; {end:R} follows {time:R}.", nameof(times));
            }

            if (step == 0 && end > time)
            {
                step = FirstStep(state, stages[0], end - time);
            }

            while (time < end)
            {
                if (++steps > MaximumSteps)
                {
                    throw new NonConvergenceException($"The integration took more than {MaximumSteps} steps and reached time {time:R} of {end:R}.", end - time);
                }

                bool last = time + (step * 1.0000001) >= end;
                double length = last ? end - time : step;
                double error = Try(derivative, time, length, state, trial, stages);
                if (double.IsNaN(error))
                {
                    error = double.PositiveInfinity;
                }

                if (error <= 1)
                {
                    time = last ? end : time + length;
                    (state, trial) = (trial, state);
                    (stages[0], stages[^1]) = (stages[^1], stages[0]);
                    double factor = 0.9 * Math.Pow(Math.Max(error, 1e-10), -0.7 / 5) * Math.Pow(previousError, 0.4 / 5);
                    double proposed = length * Math.Clamp(factor, 0.2, 10);
                    // A step that was cut to end on a requested time says little about the next.
                    step = last ? Math.Max(step, proposed) : proposed;
                    previousError = Math.Max(error, 1e-4);
                }
                else
                {
                    step = length * (double.IsInfinity(error) ? 0.1 : Math.Clamp(0.9 * Math.Pow(error, -1.0 / 5), 0.1, 0.9));
                    if (time + step == time)
                    {
                        throw new NonConvergenceException($"The step size fell below rounding at time {time:R}.", error);
                    }
                }
            }

            result[index] = [.. state];
        }

        return result;
    }

    private double FirstStep(double[] state, double[] rate, double span)
    {
        double size = 0;
        double speed = 0;
        for (int i = 0; i < state.Length; i++)
        {
            double scale = AbsoluteTolerance + (RelativeTolerance * Math.Abs(state[i]));
            size = Math.Max(size, Math.Abs(state[i]) / scale);
            speed = Math.Max(speed, Math.Abs(rate[i]) / scale);
        }

        double step = size < 1e-5 || speed < 1e-5 ? 1e-6 : 0.01 * size / speed;
        return Math.Min(step, span);
    }

    private double Try(Derivative derivative, double time, double length, double[] state, double[] trial, double[][] stages)
    {
        for (int stage = 1; stage < Nodes.Length; stage++)
        {
            double[] weights = Coupling[stage];
            for (int i = 0; i < state.Length; i++)
            {
                double sum = 0;
                for (int k = 0; k < weights.Length; k++)
                {
                    sum += weights[k] * stages[k][i];
                }

                trial[i] = state[i] + (length * sum);
            }

            derivative(time + (Nodes[stage] * length), trial, stages[stage]);
        }

        double worst = 0;
        for (int i = 0; i < state.Length; i++)
        {
            double error = 0;
            for (int k = 0; k < ErrorWeights.Length; k++)
            {
                error += ErrorWeights[k] * stages[k][i];
            }

            double scale = AbsoluteTolerance + (RelativeTolerance * Math.Max(Math.Abs(state[i]), Math.Abs(trial[i])));
            double ratio = Math.Abs(length * error) / scale;
            // Math.Max keeps NaN, which the caller treats as a failed step.
            worst = Math.Max(worst, ratio);
        }

        return worst;
    }
}
