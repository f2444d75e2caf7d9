using System.Diagnostics;
using System.Numerics.Tensors;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Targets;

/// <summary>
/// What is audited: the endpoint whose answers count, and the classifier that gives gradients, which may be the same. A perturbed input is adversarial only when the endpoint says so.
/// </summary>
/// <remarks>Every number that comes back is checked: one that is not finite ends the run and names the example.</remarks>
internal sealed class ConfirmedTarget : IAsyncDisposable
{
    private readonly float[] _lower;
    private readonly float[] _upper;

    /// <summary>A target whose gradients come from <paramref name="gradients"/>, or that gives none.</summary>
    /// <exception cref="InputShapeException">The two classifiers differ in classes or input shape, or the bounds do not fit.</exception>
    public ConfirmedTarget(string label, IClassifier endpoint, IClassifier? gradients, InputBounds bounds)
    {
        if (gradients is not null && (gradients.ClassCount != endpoint.ClassCount || !gradients.InputShape.SequenceEqual(endpoint.InputShape)))
        {
            throw new InputShapeException(
                $"{gradients.Name} has inputs [{string.Join(", ", gradients.InputShape)}] and {gradients.ClassCount} classes, {endpoint.Name} has [{string.Join(", ", endpoint.InputShape)}] and {endpoint.ClassCount}.");
        }

        Label = label;
        Endpoint = endpoint;
        Gradients = gradients;
        Bounds = bounds;
        InputLength = endpoint.InputLength;
        (_lower, _upper) = ElementBounds.Expand(bounds, endpoint.InputShape);
    }

    /// <summary>What tables and figures call it.</summary>
    public string Label { get; }

    /// <summary>The model whose answers count.</summary>
    public IClassifier Endpoint { get; }

    /// <summary>Where gradients come from; none for clean evaluation.</summary>
    public IClassifier? Gradients { get; }

    /// <summary>What reports call the source of the gradients; empty where there is none.</summary>
    public string GradientName => Gradients switch
    {
        null => "",
        RemoteClassifier remote => remote.CompanionName ?? "",
        { } source => source.Name,
    };

    /// <summary>The nodes of the model that its gradients pass straight through (rounding, quantization); none that is known otherwise.</summary>
    public IReadOnlyList<string> StraightThrough => Gradients switch
    {
        RemoteClassifier remote => remote.StraightThrough,
        LocalClassifier local => local.StraightThrough,
        _ => [],
    };

    /// <summary>Limits of valid inputs.</summary>
    public InputBounds Bounds { get; }

    /// <summary>Number of classes.</summary>
    public int ClassCount => Endpoint.ClassCount;

    /// <summary>Elements of one input.</summary>
    public int InputLength { get; }

    /// <summary>Lower limit of every element.</summary>
    public ReadOnlySpan<float> Lower => _lower;

    /// <summary>Upper limit of every element.</summary>
    public ReadOnlySpan<float> Upper => _upper;

    /// <summary>Perturbed inputs that looked adversarial to the gradient source and that the endpoint got right.</summary>
    public long Refused { get; private set; }

    /// <summary>The endpoint's logits (count, classes); <paramref name="id"/> names the example of a row.</summary>
    public async Task EndpointLogitsAsync(ReadOnlyMemory<float> inputs, int count, Memory<float> logits, Func<int, string> id, CancellationToken cancellationToken)
    {
        await Endpoint.LogitsAsync(inputs, count, logits, cancellationToken);
        RequireFinite(logits.Span[..(count * ClassCount)], ClassCount, id, "logit", Endpoint);
    }

    /// <summary>Logits, losses and gradients by the gradient source; <paramref name="finished"/> gets each part of the batch, checked, as <see cref="IClassifier.LossGradientAsync"/> says.</summary>
    public Task LossGradientAsync(LossGradientQuery query, LossGradients result, Func<int, string> id, Action<int, int>? finished, CancellationToken cancellationToken)
    {
        Debug.Assert(Gradients is not null, "An attack needs gradients.");
        return Gradients.LossGradientAsync(query, result, Check, cancellationToken);

        void Check(int start, int count)
        {
            string Id(int row) => id(start + row);
            RequireFinite(result.Logits.AsSpan(start * ClassCount, count * ClassCount), ClassCount, Id, "logit", Gradients);
            RequireFinite(result.Gradient.AsSpan(start * InputLength, count * InputLength), InputLength, Id, "input gradient", Gradients);
            RequireNumber(result.Loss.AsSpan(start, count), Id, Gradients);
            finished?.Invoke(start, count);
        }
    }

    /// <summary>Counts a perturbed input that the endpoint refused to call adversarial.</summary>
    public void CountRefusal() => Refused++;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Gradients is not null && !ReferenceEquals(Gradients, Endpoint))
        {
            await Gradients.DisposeAsync();
        }

        await Endpoint.DisposeAsync();
    }

    private static void RequireFinite(ReadOnlySpan<float> values, int stride, Func<int, string> id, string what, IClassifier source)
    {
        // A sum of magnitudes is finite where every value is, unless it overflows: then the exact look below decides.
        if (float.IsFinite(TensorPrimitives.SumOfMagnitudes(values)))
        {
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new CommandException(ExitCode.Numerics, $"{source.Name}: {what} {i % stride} of example '{id(i / stride)}' is {values[i]}; accepted are finite numbers.");
            }
        }
    }

    private static void RequireNumber(ReadOnlySpan<float> loss, Func<int, string> id, IClassifier source)
    {
        for (int i = 0; i < loss.Length; i++)
        {
            if (float.IsNaN(loss[i]))
            {
                throw new CommandException(ExitCode.Numerics, $"{source.Name}: the loss of example '{id(i)}' is NaN.");
            }
        }
    }
}
