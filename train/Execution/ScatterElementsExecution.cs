using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>ScatterElements: each update goes to the place that its index names along the axis; with a reduction it joins what is there.</summary>
internal static class ScatterElementsExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        (long axis, ScatterReduction reduction) = ScatterElementsAttributes.Of(node);
        return call =>
        {
            Tensor x = call[0];
            int along = Axes.Of(axis, (int)x.dim(), node);
            using Tensor indices = GatherExecution.FromFront(call[1], x.shape[along]);
            call.Return(Run(x, along, indices, call[2], reduction));
        };
    }

    /// <summary>The input with each update put at, or combined with what stands at, the place that its index names along the axis; indices count from the front.</summary>
    public static Tensor Run(Tensor x, int axis, Tensor indices, Tensor updates, ScatterReduction reduction) => reduction switch
    {
        ScatterReduction.None => x.scatter(axis, indices, updates),
        ScatterReduction.Add => x.scatter_add(axis, indices, updates),
        ScatterReduction.Mul => InRounds(x, axis, indices, updates, (old, update) => old * update),
        ScatterReduction.Max => InRounds(x, axis, indices, updates, (old, update) => old.maximum(update)),
        _ => InRounds(x, axis, indices, updates, (old, update) => old.minimum(update)),
    };

    // torch's own reductions of this kind are not open to .NET: each round takes at most one update per place.
    private static Tensor InRounds(Tensor x, int axis, Tensor indices, Tensor updates, Func<Tensor, Tensor, Tensor> join)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] places = Places(x.shape, axis, indices);
        List<List<int>> rounds = [];
        Dictionary<long, int> taken = [];
        for (int i = 0; i < places.Length; i++)
        {
            int round = taken.GetValueOrDefault(places[i]);
            taken[places[i]] = round + 1;
            if (round == rounds.Count)
            {
                rounds.Add([]);
            }

            rounds[round].Add(i);
        }

        Tensor result = x.reshape(-1);
        Tensor flatUpdates = updates.reshape(-1);
        foreach (List<int> round in rounds)
        {
            Tensor where = tensor([.. round.Select(i => places[i])], device: x.device);
            Tensor update = flatUpdates.index_select(0, tensor([.. round.Select(i => (long)i)], device: x.device));
            result = result.scatter(0, where, join(result.index_select(0, where), update));
        }

        return result.reshape(x.shape).MoveToOuterDisposeScope();
    }

    // Position of each update in the flattened input.
    private static long[] Places(long[] sizes, int axis, Tensor indices)
    {
        long[] shape = indices.shape;
        long[] along = TorchTensors.ReadIntegers(indices);
        var strides = new long[sizes.Length];
        long stride = 1;
        for (int i = sizes.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= sizes[i];
        }

        var places = new long[along.Length];
        for (int i = 0; i < along.Length; i++)
        {
            long rest = i;
            long place = along[i] * strides[axis];
            for (int dimension = shape.Length - 1; dimension >= 0; dimension--)
            {
                place += dimension == axis ? 0 : rest % shape[dimension] * strides[dimension];
                rest /= shape[dimension];
            }

            places[i] = place;
        }

        return places;
    }
}
