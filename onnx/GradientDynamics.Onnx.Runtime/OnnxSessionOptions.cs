namespace GradientDynamics.Onnx.Runtime;

/// <summary>How an <see cref="OnnxSession"/> runs its model.</summary>
public sealed record OnnxSessionOptions
{
    /// <summary>Threads that share the work of one operator; 0 leaves the choice to ONNX Runtime (one per core). Default 1: concurrent runs of one thread each
    /// have the higher throughput, measured 1.6 to 2.1 times two threads' on two cores.</summary>
    public int IntraOpThreads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
    = 1;

    /// <summary>Whether idle threads spin while they wait for work. Default false: spinning takes the cores from whatever else runs on the machine.</summary>
    public bool AllowSpinning { get; init; }

    /// <summary>How far the graph is rewritten before it runs. Default <see cref="GraphOptimization.All"/>.</summary>
    public GraphOptimization Optimization
    {
        get;
        init
        {
            if (!Enum.IsDefined(value))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, $"Accepted are {string.Join(", ", Enum.GetNames<GraphOptimization>())}.");
            }

            field = value;
        }
    }
    = GraphOptimization.All;

    /// <summary>Whether the session keeps the memory of intermediate values for its next run. Default true: without it every run takes and returns its memory.</summary>
    public bool KeepMemory { get; init; } = true;
}

/// <summary>How far ONNX Runtime rewrites a graph before it runs.</summary>
public enum GraphOptimization
{
    /// <summary>As it stands in the file.</summary>
    None,

    /// <summary>Constants folded, redundant nodes removed; the operators stay the standard's.</summary>
    Basic,

    /// <summary>Also fused into ONNX Runtime's own operators.</summary>
    Extended,

    /// <summary>Also laid out in memory as the machine likes it.</summary>
    All,
}
