namespace GradientDynamics.Train.TangentFeatures;

/// <summary>tangent-features.json: of which network and which examples the features in a folder are.</summary>
public sealed record TangentRecord
{
    /// <summary>The model's file; null for the network that the configuration begins with.</summary>
    public string? Model { get; init; }

    /// <summary>Dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>Split.</summary>
    public required string Split { get; init; }

    /// <summary>Number of examples.</summary>
    public required int Examples { get; init; }

    /// <summary>Number of parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Which logit: `difference` (of two classes; a single logit is one) or `class C`, against all others.</summary>
    public required string Logit { get; init; }

    /// <summary>What was written: `features.npy` or `gram.npy`.</summary>
    public required string File { get; init; }

    /// <summary>Columns of each parameter in `features.npy`.</summary>
    public required IReadOnlyList<ParameterColumns> Columns { get; init; }

    /// <summary>Epochs of the rows of `logits.npy`; null where its only row is of the network whose features these are.</summary>
    public IReadOnlyList<int>? Epochs { get; init; }

    /// <summary>Seed of the run.</summary>
    public required long Seed { get; init; }

    /// <summary>Threads of libtorch.</summary>
    public required int Threads { get; init; }
}
