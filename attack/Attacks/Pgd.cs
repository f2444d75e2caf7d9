using System.Diagnostics;
using System.Numerics;
using GradientDynamics.Attack.Targets;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Gradients;

namespace GradientDynamics.Attack.Attacks;

/// <summary>Projected gradient ascent on the loss within the perturbation ball, on all examples of a problem at once, each at its own radius.</summary>
/// <remarks>Madry et al., 2018, https://arxiv.org/abs/1706.06083.</remarks>
internal sealed class Pgd(PgdOptions options) : IAttack
{
    /// <summary>Number of the restart that begins at warm starts; random ones count from 0.</summary>
    private const int WarmRestart = -1;

    /// <inheritdoc/>
    public string Name => options.Name;

    /// <inheritdoc/>
    public int TargetCount => options.Targets;

    /// <inheritdoc/>
    public async Task<AttackOutcome[]> RunAsync(AttackProblem problem, CancellationToken cancellationToken)
    {
        RequireClasses(problem.Target);
        var ascent = new Ascent(options, problem);
        int aims = Math.Max(1, Math.Min(options.Targets, problem.Target.ClassCount - 1));
        for (int restart = problem.WarmStarts is null ? 0 : WarmRestart; restart < options.Restarts; restart++)
        {
            for (int rank = 0; rank < aims; rank++)
            {
                ascent.Begin(restart, options.Targets == 0 ? null : rank);
                for (int step = 0; step < options.Steps && ascent.Active > 0; step++)
                {
                    await ascent.StepAsync(step, cancellationToken);
                }

                await ascent.FinishAsync(cancellationToken);
            }
        }

        return ascent.Outcomes;
    }

    private void RequireClasses(ConfirmedTarget target)
    {
        int needed = options.Loss != AttackLoss.DifferenceOfLogitsRatio ? 2 : options.Targets > 0 ? 4 : 3;
        if (target.ClassCount < needed)
        {
            throw new CommandException(
                ExitCode.Configuration, $"Attack {Name}: the loss is defined from {needed} classes on, {target.Endpoint.Name} has {target.ClassCount}; with two classes 'logit-margin' is the one to use.");
        }
    }

    /// <summary>The state of the ascent. Slots 0 to <see cref="Active"/> − 1 hold the examples that are not broken yet, packed, so that every call carries only those.</summary>
    private sealed class Ascent
    {
        private readonly PgdOptions _options;
        private readonly AttackProblem _problem;
        private readonly ConfirmedTarget _target;
        private readonly ExampleBatch _batch;
        private readonly int _length;
        private readonly int _classes;
        private readonly int[] _slots;
        private readonly float[] _perturbed;
        private readonly long[] _labels;
        private readonly long[] _aims;
        private readonly LossGradients _gradients;
        private readonly double[] _bestLoss;
        private readonly float[] _lowerEdges;
        private readonly float[] _upperEdges;
        private readonly RandomStream?[] _streams;
        private readonly float[] _candidates;
        private readonly float[] _candidateLogits;
        private readonly float[] _scratch;

        public Ascent(PgdOptions options, AttackProblem problem)
        {
            _options = options;
            _problem = problem;
            _target = problem.Target;
            _batch = problem.Batch;
            _length = _batch.InputLength;
            _classes = _target.ClassCount;
            int count = problem.Rows.Count;
            _slots = new int[count];
            _perturbed = GC.AllocateUninitializedArray<float>(count * _length);
            _labels = new long[count];
            _aims = new long[count];
            _gradients = new LossGradients(count, _classes, _length);
            _bestLoss = new double[count];
            _streams = new RandomStream?[count];
            _candidates = GC.AllocateUninitializedArray<float>(count * _length);
            _candidateLogits = new float[count * _classes];
            _scratch = new float[_length];
            _lowerEdges = problem.Norm == PerturbationNorm.Linf ? GC.AllocateUninitializedArray<float>(count * _length) : [];
            _upperEdges = problem.Norm == PerturbationNorm.Linf ? GC.AllocateUninitializedArray<float>(count * _length) : [];
            Outcomes = new AttackOutcome[count];
            for (int index = 0; index < count; index++)
            {
                int example = problem.Rows[index];
                Outcomes[index] = new AttackOutcome { Perturbed = _batch.Input(example).ToArray(), Prediction = _batch.Labels[example] };
                _bestLoss[index] = double.NegativeInfinity;
                if (problem.Norm == PerturbationNorm.Linf)
                {
                    PerturbationBall ball = Ball(index);
                    for (int i = 0; i < _length; i++)
                    {
                        _lowerEdges[(index * _length) + i] = ball.LowerEdge(i);
                        _upperEdges[(index * _length) + i] = ball.UpperEdge(i);
                    }
                }
            }
        }

        public int Active { get; private set; }

        public AttackOutcome[] Outcomes { get; }

        /// <summary>Places every example that is not broken at its start.</summary>
        public void Begin(int restart, int? rank)
        {
            Active = 0;
            for (int index = 0; index < Outcomes.Length; index++)
            {
                int example = _problem.Rows[index];
                int aim = rank is int place ? _problem.NearestClasses?.Class(example, place) ?? -1 : -1;
                float[]? warmStart = restart == WarmRestart ? _problem.WarmStarts![index] : null;
                if (Outcomes[index].Succeeded || _problem.Epsilons[index] <= 0 || (rank is not null && aim < 0) || (restart == WarmRestart && warmStart is null))
                {
                    continue;
                }

                int slot = Active++;
                _slots[slot] = index;
                _labels[slot] = _batch.Labels[example];
                _aims[slot] = aim;
                _bestLoss[index] = double.NegativeInfinity;
                _streams[index] = new RandomStream($"gradient-dynamics/attack/{_problem.Seed}/{_batch.Ids[example]}/{_problem.Norm}/{restart}");
                Place(slot, index, warmStart);
            }
        }

        /// <summary>
        /// One gradient at every active iterate, and one step; those that look adversarial take theirs only after the endpoint has refused them, and are dropped where it confirms.
        /// </summary>
        /// <remarks>
        /// Whoever computed the gradients of some examples moves them at once, while they lie in its core's cache and the others still compute. No example depends on another or on its slot, so
        /// that the outcome does not depend on the number of workers.
        /// </remarks>
        public async Task StepAsync(int step, CancellationToken cancellationToken)
        {
            long started = Stopwatch.GetTimestamp();
            int asked = Active;
            double size = _options.RelativeStepSize * (_options.Schedule == StepSchedule.Cosine ? (1 + Math.Cos(Math.PI * step / _options.Steps)) / 2 : 1);
            LossGradientQuery query = new(Active, _perturbed.AsMemory(0, Active * _length), _labels.AsMemory(0, Active), _aims.AsMemory(0, Active), _options.Loss);
            await _target.LossGradientAsync(query, _gradients, IdOfSlot, AdvanceRight, cancellationToken);
            double share = Stopwatch.GetElapsedTime(started).TotalSeconds / asked;

            List<int> suspects = [];
            for (int slot = 0; slot < asked; slot++)
            {
                AttackOutcome outcome = Outcomes[_slots[slot]];
                outcome.GradientQueries++;
                outcome.Seconds += share;
                if (!IsRight(slot))
                {
                    suspects.Add(slot);
                }
            }

            HashSet<int> broken = await ConfirmAsync(suspects, countsAsRefusal: true, cancellationToken);
            foreach (int slot in suspects.Where(slot => !broken.Contains(slot)))
            {
                Advance(slot, size);
            }

            Drop(broken);

            void AdvanceRight(int first, int count)
            {
                for (int slot = first; slot < first + count; slot++)
                {
                    if (IsRight(slot))
                    {
                        Advance(slot, size);
                    }
                }
            }
        }

        /// <summary>The endpoint's word on the last iterates, which no gradient was asked for.</summary>
        public async Task FinishAsync(CancellationToken cancellationToken)
        {
            if (Active == 0)
            {
                return;
            }

            HashSet<int> broken = await ConfirmAsync([.. Enumerable.Range(0, Active)], countsAsRefusal: false, cancellationToken);
            for (int slot = 0; slot < Active; slot++)
            {
                if (!broken.Contains(slot))
                {
                    // All active slots were asked, in order: their logits stand in slot order.
                    Remember(slot, _candidateLogits);
                }
            }
        }

        private bool IsRight(int slot) => LogitRow.Prediction(_gradients.Logits.AsSpan(slot * _classes, _classes)) == _labels[slot];

        private void Advance(int slot, double size)
        {
            Remember(slot, _gradients.Logits);
            Move(slot, size);
        }

        private PerturbationBall Ball(int index) =>
            new(_problem.Norm, _batch.Input(_problem.Rows[index]), _problem.Epsilons[index], _target.Lower, _target.Upper);

        private string IdOfSlot(int slot) => _batch.Ids[_problem.Rows[_slots[slot]]];

        private Span<float> Iterate(int slot) => _perturbed.AsSpan(slot * _length, _length);

        private void Place(int slot, int index, float[]? warmStart)
        {
            Span<float> iterate = Iterate(slot);
            if (warmStart is not null)
            {
                warmStart.CopyTo(iterate);
                Ball(index).Project(iterate);
                return;
            }

            ReadOnlySpan<float> input = _batch.Input(_problem.Rows[index]);
            input.CopyTo(iterate);
            if (!_options.RandomStart)
            {
                return;
            }

            RandomStream stream = _streams[index]!;
            double epsilon = _problem.Epsilons[index];
            if (_problem.Norm == PerturbationNorm.Linf)
            {
                for (int i = 0; i < _length; i++)
                {
                    iterate[i] += (float)(epsilon * ((2 * stream.NextUniform()) - 1));
                }
            }
            else
            {
                stream.FillDirection(_scratch);
                double radius = epsilon * Math.Pow(stream.NextUniform(), 1.0 / _length); // uniform in the volume
                for (int i = 0; i < _length; i++)
                {
                    iterate[i] += (float)(radius * _scratch[i]);
                }
            }

            Ball(index).Project(iterate);
        }

        /// <summary>Keeps the iterate where its loss is the highest of this restart so far.</summary>
        private void Remember(int slot, float[] logits)
        {
            int index = _slots[slot];
            double loss = LossOfLogits.Evaluate(_options.Loss, logits.AsSpan(slot * _classes, _classes), (int)_labels[slot], (int)_aims[slot]);
            if (loss > _bestLoss[index])
            {
                _bestLoss[index] = loss;
                Iterate(slot).CopyTo(Outcomes[index].Perturbed);
            }
        }

        /// <summary>Asks the endpoint about iterates; those that it gets wrong are recorded and returned.</summary>
        private async Task<HashSet<int>> ConfirmAsync(List<int> suspects, bool countsAsRefusal, CancellationToken cancellationToken)
        {
            HashSet<int> broken = [];
            if (suspects.Count == 0)
            {
                return broken;
            }

            for (int place = 0; place < suspects.Count; place++)
            {
                Iterate(suspects[place]).CopyTo(_candidates.AsSpan(place * _length));
            }

            long started = Stopwatch.GetTimestamp();
            await _target.EndpointLogitsAsync(
                _candidates.AsMemory(0, suspects.Count * _length), suspects.Count, _candidateLogits, place => IdOfSlot(suspects[place]), cancellationToken);
            double share = Stopwatch.GetElapsedTime(started).TotalSeconds / suspects.Count;
            for (int place = 0; place < suspects.Count; place++)
            {
                int slot = suspects[place];
                AttackOutcome outcome = Outcomes[_slots[slot]];
                outcome.PredictionQueries++;
                outcome.Seconds += share;
                int prediction = LogitRow.Prediction(_candidateLogits.AsSpan(place * _classes, _classes));
                if (prediction != _labels[slot])
                {
                    outcome.Succeeded = true;
                    outcome.Prediction = prediction;
                    Iterate(slot).CopyTo(outcome.Perturbed);
                    broken.Add(slot);
                }
                else if (countsAsRefusal)
                {
                    _target.CountRefusal();
                }
            }

            return broken;
        }

        private void Move(int slot, double relativeSize)
        {
            int index = _slots[slot];
            double size = relativeSize * _problem.Epsilons[index];
            Span<float> iterate = Iterate(slot);
            ReadOnlySpan<float> gradient = _gradients.Gradient.AsSpan(slot * _length, _length);
            if (!gradient.ContainsAnyExcept(0f))
            {
                // A flat loss says nothing: a random direction leaves the plateau, the same one in every run.
                float[] direction = new float[_length];
                _streams[index]!.FillDirection(direction);
                gradient = direction;
            }

            if (_problem.Norm == PerturbationNorm.Linf)
            {
                StepBySign(iterate, gradient, (float)size, _lowerEdges.AsSpan(index * _length, _length), _upperEdges.AsSpan(index * _length, _length));
            }
            else
            {
                StepAlong(iterate, gradient, size / PerturbationNorms.EuclideanLength(gradient));
                Ball(index).Project(iterate);
            }
        }

        /// <summary>iterate + scale · gradient, in double precision: a gradient may be so small that its scale is beyond float32.</summary>
        private static void StepAlong(Span<float> iterate, ReadOnlySpan<float> gradient, double scale)
        {
            var scales = new Vector<double>(scale);
            int i = 0;
            for (; i <= iterate.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector.Widen(new Vector<float>(iterate[i..]), out Vector<double> low, out Vector<double> high);
                Vector.Widen(new Vector<float>(gradient[i..]), out Vector<double> slopeLow, out Vector<double> slopeHigh);
                Vector.Narrow(low + (scales * slopeLow), high + (scales * slopeHigh)).CopyTo(iterate[i..]);
            }

            for (; i < iterate.Length; i++)
            {
                iterate[i] = (float)(iterate[i] + (scale * gradient[i]));
            }
        }

        /// <summary>iterate + size · sign(gradient), clipped to the edges of the ball; elements whose gradient is 0 stay.</summary>
        private static void StepBySign(Span<float> iterate, ReadOnlySpan<float> gradient, float size, ReadOnlySpan<float> lower, ReadOnlySpan<float> upper)
        {
            int i = 0;
            var sizes = new Vector<float>(size);
            for (; i <= iterate.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                var slope = new Vector<float>(gradient[i..]);
                Vector<float> move = Vector.ConditionalSelect(
                    Vector.GreaterThan(slope, Vector<float>.Zero), sizes, Vector.ConditionalSelect(Vector.LessThan(slope, Vector<float>.Zero), -sizes, Vector<float>.Zero));
                Vector.Min(Vector.Max(new Vector<float>(iterate[i..]) + move, new Vector<float>(lower[i..])), new Vector<float>(upper[i..])).CopyTo(iterate[i..]);
            }

            for (; i < iterate.Length; i++)
            {
                iterate[i] = Math.Clamp(iterate[i] + (size * float.Sign(gradient[i])), lower[i], upper[i]);
            }
        }

        /// <summary>Fills the slots of dropped examples with the last active ones; nothing of an example depends on its slot.</summary>
        private void Drop(HashSet<int> broken)
        {
            foreach (int slot in broken.OrderDescending())
            {
                int last = --Active;
                if (slot != last)
                {
                    Iterate(last).CopyTo(Iterate(slot));
                    _slots[slot] = _slots[last];
                    _labels[slot] = _labels[last];
                    _aims[slot] = _aims[last];
                }
            }
        }
    }
}
