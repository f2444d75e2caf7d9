using System.Diagnostics;
using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Targets;

namespace GradientDynamics.Attack.Margins;

/// <summary>
/// Robustness of each example over a grid of radii and its margin, in one search, each trial at a radius between the largest that failed and the smallest adversarial known. An adversarial found at
/// one radius stands for all larger ones and a failure for all smaller ones, so no example is attacked where its fate is known.
/// </summary>
internal sealed class MarginSearch
{
    private readonly ConfirmedTarget _target;
    private readonly ExampleBatch _batch;
    private readonly PerturbationNorm _norm;
    private readonly double[] _grid;
    private readonly MarginOptions? _options;
    private readonly IReadOnlyList<IAttack> _attacks;
    private readonly long _seed;
    private readonly double _maximum;
    private readonly MarginState[] _states;

    private MarginSearch(
        ConfirmedTarget target, ExampleBatch batch, IReadOnlyList<int> predictions, PerturbationNorm norm, IReadOnlyList<double> grid, MarginOptions? options, IReadOnlyList<IAttack> attacks, long seed)
    {
        _target = target;
        _batch = batch;
        _norm = norm;
        _grid = [.. grid.Order()];
        _options = options;
        _attacks = attacks;
        _seed = seed;
        double diameter = norm.Diameter(target.Lower, target.Upper);
        _maximum = Math.Min(options?.MaximumEpsilon ?? diameter, diameter);
        _states = [.. Enumerable.Range(0, batch.Count).Select(example => new MarginState(attacks.Count, predictions[example] != batch.Labels[example], batch.Labels[example]))];
    }

    /// <summary>Searches for all examples of a batch at once, every round at each example's own radius.</summary>
    /// <param name="target">The model.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="predictions">The endpoint's predictions on the unperturbed inputs; an example that is wrong has margin 0 and is not attacked.</param>
    /// <param name="norm">Norm of the radii.</param>
    /// <param name="grid">Radii at which robustness is to be known.</param>
    /// <param name="options">How margins are bracketed; none where only the grid matters.</param>
    /// <param name="attacks">The attacks, tried in this order; an example counts as broken by the first that succeeds.</param>
    /// <param name="seed">Seed of the random starts.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static async Task<MarginState[]> RunAsync(
        ConfirmedTarget target,
        ExampleBatch batch,
        IReadOnlyList<int> predictions,
        PerturbationNorm norm,
        IReadOnlyList<double> grid,
        MarginOptions? options,
        IReadOnlyList<IAttack> attacks,
        long seed,
        CancellationToken cancellationToken)
    {
        var search = new MarginSearch(target, batch, predictions, norm, grid, options, attacks, seed);
        await search.RunAsync(cancellationToken);
        return search._states;
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        bool estimates = _options is { InitialEpsilon: null };
        NearestClasses? nearest = null;
        if (estimates || _attacks.Any(attack => attack.TargetCount > 0))
        {
            nearest = await NearestClasses.RankAsync(_target, _batch, _norm, cancellationToken);
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<int> rows = [];
            List<double> epsilons = [];
            for (int example = 0; example < _states.Length; example++)
            {
                if (NextEpsilon(_states[example], nearest?.Distance(example)) is double epsilon)
                {
                    rows.Add(example);
                    epsilons.Add(epsilon);
                }
            }

            if (rows.Count == 0)
            {
                return;
            }

            await TryAsync(rows, epsilons, nearest, cancellationToken);
        }
    }

    /// <summary>All attacks in turn, each on the examples that the ones before could not break.</summary>
    private async Task TryAsync(List<int> rows, List<double> epsilons, NearestClasses? nearest, CancellationToken cancellationToken)
    {
        List<int> broken = [];
        for (int attack = 0; attack < _attacks.Count && rows.Count > 0; attack++)
        {
            AttackOutcome[] outcomes = await _attacks[attack].RunAsync(
                new AttackProblem
                {
                    Target = _target,
                    Batch = _batch,
                    Rows = rows,
                    Epsilons = epsilons,
                    Norm = _norm,
                    Seed = _seed,
                    NearestClasses = nearest,
                    WarmStarts = [.. rows.Select(example => _states[example].Finder == attack ? _states[example].Adversarial : null)],
                },
                cancellationToken);

            List<int> remaining = [];
            List<double> remainingEpsilons = [];
            for (int place = 0; place < rows.Count; place++)
            {
                MarginState state = _states[rows[place]];
                if (state.Record(attack, epsilons[place], outcomes[place], Verified(rows[place], epsilons[place], outcomes[place])))
                {
                    broken.Add(rows[place]);
                }
                else
                {
                    remaining.Add(rows[place]);
                    remainingEpsilons.Add(epsilons[place]);
                }
            }

            rows = remaining;
            epsilons = remainingEpsilons;
        }

        for (int place = 0; place < rows.Count; place++)
        {
            _states[rows[place]].RecordFailure(epsilons[place]);
        }

        if (_options is null)
        {
            // Without margins, a shorter adversarial is of use only where it may decide another radius of the grid.
            broken.RemoveAll(example => LargestBetween(_states[example].Margin.Lower, _states[example].Margin.Upper) is null);
        }

        if (broken.Count > 0)
        {
            await ShortenAsync(broken, (_options ?? new MarginOptions()).LineBisections, cancellationToken);
        }
    }

    /// <summary>The norm of an adversarial; an attack that left its ball or the bounds is a fault of the attack, not a result.</summary>
    private double? Verified(int example, double epsilon, AttackOutcome outcome)
    {
        if (!outcome.Succeeded)
        {
            return null;
        }

        if (!new PerturbationBall(_norm, _batch.Input(example), epsilon, _target.Lower, _target.Upper).Contains(outcome.Perturbed))
        {
            throw new InvalidOperationException($"An attack returned a point outside the ball of radius {epsilon} around example '{_batch.Ids[example]}'.");
        }

        return _norm.Distance(_batch.Input(example), outcome.Perturbed);
    }

    /// <summary>Moves adversarials along the straight line towards their inputs, by bisection between the last adversarial point and the last that was not.</summary>
    private async Task ShortenAsync(List<int> examples, int rounds, CancellationToken cancellationToken)
    {
        int length = _batch.InputLength;
        int classes = _target.ClassCount;
        float[] points = new float[examples.Count * length];
        float[] logits = new float[examples.Count * classes];
        float[][] adversarials = [.. examples.Select(example => _states[example].Adversarial!)];
        double[] outside = new double[examples.Count];
        double[] inside = [.. examples.Select(_ => 1.0)];
        for (int round = 0; round < rounds; round++)
        {
            for (int place = 0; place < examples.Count; place++)
            {
                Between(_batch.Input(examples[place]), adversarials[place], (outside[place] + inside[place]) / 2, points.AsSpan(place * length, length));
            }

            long started = Stopwatch.GetTimestamp();
            await _target.EndpointLogitsAsync(points, examples.Count, logits, place => _batch.Ids[examples[place]], cancellationToken);
            double share = Stopwatch.GetElapsedTime(started).TotalSeconds / examples.Count;
            for (int place = 0; place < examples.Count; place++)
            {
                int example = examples[place];
                double middle = (outside[place] + inside[place]) / 2;
                int prediction = LogitRow.Prediction(logits.AsSpan(place * classes, classes));
                ReadOnlySpan<float> point = points.AsSpan(place * length, length);
                bool adversarial = prediction != _batch.Labels[example];
                _states[example].RecordLinePoint(point, _norm.Distance(_batch.Input(example), point), adversarial ? prediction : null, share);
                if (adversarial)
                {
                    inside[place] = middle;
                }
                else
                {
                    outside[place] = middle;
                }
            }
        }
    }

    /// <summary>Rounding to float32 keeps a convex combination of two valid inputs within the bounds: it is monotone, and the limits are float32.</summary>
    private static void Between(ReadOnlySpan<float> input, ReadOnlySpan<float> adversarial, double share, Span<float> point)
    {
        for (int i = 0; i < point.Length; i++)
        {
            point[i] = (float)(input[i] + (share * ((double)adversarial[i] - input[i])));
        }
    }

    /// <summary>The radius to try next for an example, or nothing where all is known.</summary>
    /// <remarks>
    /// An attack that succeeds stops early, one that fails runs to its end, so radii are tried from above: the largest of the grid first, which decides all of it where it fails; then just below
    /// the smallest adversarial known, where one failure closes the bracket. The distance below doubles with every success in a row.
    /// </remarks>
    private double? NextEpsilon(MarginState state, double? estimate)
    {
        if (state.Misclassified)
        {
            return null;
        }

        (double lower, double upper) = (state.Margin.Lower, state.Margin.Upper);
        double? undecided = LargestBetween(lower, upper);
        if (double.IsPositiveInfinity(upper))
        {
            return undecided ?? (_options is { } growing ? Grown(growing, lower, estimate) : null);
        }

        if (_options is { } options && upper - lower > options.RelativeWidth * upper && state.Bisections < options.MaximumBisections)
        {
            state.Bisections++;
            double step = Math.Min(0.5, options.RelativeWidth * Math.Pow(2, state.SuccessesInARow - 1));
            return Math.Max(upper * (1 - step), (lower + upper) / 2);
        }

        return undecided;
    }

    private double? LargestBetween(double lower, double upper)
    {
        int index = Array.FindLastIndex(_grid, epsilon => epsilon > lower && epsilon < upper);
        return index < 0 ? null : _grid[index];
    }

    private double? Grown(MarginOptions options, double lower, double? estimate)
    {
        double next = Math.Min(lower > 0 ? lower * options.GrowthFactor : options.InitialEpsilon ?? InitialEpsilon(estimate) * options.GrowthFactor, _maximum);
        return next > lower ? next : null;
    }

    private double InitialEpsilon(double? estimate)
    {
        // Where the linearised model knows no boundary, or none beyond float32's resolution, the middle of the decades below the maximum is as good as any.
        const double Resolution = 1e-6;
        return estimate is double distance && double.IsFinite(distance) && distance > Resolution * _maximum ? distance : Math.Sqrt(Resolution) * _maximum;
    }
}
