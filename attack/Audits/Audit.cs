using System.Diagnostics;
using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Margins;
using GradientDynamics.Attack.Targets;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Audits;

/// <summary>Margins and robust accuracy of one target on an evaluation set, batch by batch.</summary>
internal static class Audit
{
    /// <summary>Examples of a batch are limited to so many elements, so that large images do not exhaust memory.</summary>
    private const int LargestBatchElements = 32 << 20;

    /// <summary>Runs the audit; <paramref name="progress"/> hears of every batch done.</summary>
    /// <exception cref="CommandException">The target gives numbers that are not finite, goes away, or the set holds inputs outside the bounds.</exception>
    public static async Task<TargetFindings> RunAsync(ConfirmedTarget target, EvaluationSet set, AuditOptions options, Action<int> progress, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        int count = set.Examples.Count;
        int batchSize = Math.Clamp(LargestBatchElements / Math.Max(1, target.InputLength), 1, options.BatchSize);
        int[] predictions = new int[count];
        MarginState[][] states = [.. options.ThreatModels.Select(_ => new MarginState[count])];
        IAttack[][] attacks = [.. options.ThreatModels.Select(threat => threat.AttacksOn(target.ClassCount).Select(attack => attack.Create()).ToArray())];
        for (int start = 0; start < count; start += batchSize)
        {
            ExampleBatch batch = Read(target, set, start, Math.Min(batchSize, count - start));
            int[] batchPredictions = await PredictAsync(target, batch, cancellationToken);
            batchPredictions.CopyTo(predictions, start);
            foreach ((int threat, ThreatModelOptions threatModel) in options.ThreatModels.Index())
            {
                MarginState[] found = await MarginSearch.RunAsync(
                    target, batch, batchPredictions, threatModel.Norm, threatModel.Grid, threatModel.Margin, attacks[threat], options.Seed, cancellationToken);
                found.CopyTo(states[threat], start);
                ForgetLargeMargins(states[threat].AsSpan(0, start + batch.Count), options.SmallestMargins);
            }

            progress(start + batch.Count);
        }

        return new TargetFindings
        {
            Target = target,
            Set = set,
            Predictions = predictions,
            ThreatModels = [.. options.ThreatModels.Select((threat, index) => new ThreatFindings { Options = threat, Examples = states[index] })],
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
        };
    }

    /// <summary>The endpoint's predictions on a batch.</summary>
    public static async Task<int[]> PredictAsync(ConfirmedTarget target, ExampleBatch batch, CancellationToken cancellationToken)
    {
        float[] logits = new float[batch.Count * target.ClassCount];
        await target.EndpointLogitsAsync(batch.Inputs, batch.Count, logits, example => batch.Ids[example], cancellationToken);
        return [.. Enumerable.Range(0, batch.Count).Select(example => LogitRow.Prediction(logits.AsSpan(example * target.ClassCount, target.ClassCount)))];
    }

    /// <summary>Examples of the set as floats, each checked to be finite and within the bounds.</summary>
    public static ExampleBatch Read(ConfirmedTarget target, EvaluationSet set, int start, int count)
    {
        float[] inputs = set.ReadFloats(start, count);
        int length = target.InputLength;
        for (int example = 0; example < count; example++)
        {
            ReadOnlySpan<float> input = inputs.AsSpan(example * length, length);
            for (int i = 0; i < length; i++)
            {
                if (!float.IsFinite(input[i]))
                {
                    throw new CommandException(ExitCode.Numerics, $"Evaluation set: element {i} of example '{set.Examples[start + example].Id}' is {input[i]}; accepted are finite numbers.");
                }

                if (!(input[i] >= target.Lower[i] && input[i] <= target.Upper[i]))
                {
                    throw new CommandException(
                        ExitCode.File,
                        $"Evaluation set: element {i} of example '{set.Examples[start + example].Id}' is {input[i]}, outside its bounds [{target.Lower[i]}, {target.Upper[i]}]; the bounds or the inputs are wrong.");
                }
            }
        }

        return new ExampleBatch([.. Enumerable.Range(start, count).Select(example => set.Examples[example].Id)], inputs, [.. Enumerable.Range(start, count).Select(example => set.Examples[example].Label)], length);
    }

    /// <summary>Adversarial inputs are kept only for the examples that the report shows: all of them would be several times the evaluation set.</summary>
    private static void ForgetLargeMargins(Span<MarginState> states, int shown)
    {
        MarginState[] kept = states.ToArray();
        foreach (MarginState state in kept.Where(state => state.Adversarial is not null).OrderBy(state => state.Margin.Upper).Skip(shown))
        {
            state.ForgetAdversarial();
        }
    }
}
