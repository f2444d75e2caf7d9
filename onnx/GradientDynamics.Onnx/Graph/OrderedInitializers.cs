using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace GradientDynamics.Onnx.Graph;

/// <summary>The initializers of a graph: a dictionary that keeps the file's order.</summary>
public sealed class OrderedInitializers : IReadOnlyDictionary<string, ConstantTensor>
{
    private readonly List<KeyValuePair<string, ConstantTensor>> _ordered = [];
    private readonly Dictionary<string, ConstantTensor> _byName = new(StringComparer.Ordinal);

    private OrderedInitializers()
    {
    }

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _ordered.Select(pair => pair.Key);

    /// <inheritdoc/>
    public IEnumerable<ConstantTensor> Values => _ordered.Select(pair => pair.Value);

    /// <inheritdoc/>
    public int Count => _ordered.Count;

    /// <inheritdoc/>
    public ConstantTensor this[string key] => _byName[key];

    /// <summary>The initializers given, in their order.</summary>
    /// <exception cref="InvalidModelException">A name occurs twice.</exception>
    public static OrderedInitializers Of(IEnumerable<KeyValuePair<string, ConstantTensor>> initializers)
    {
        OrderedInitializers result = new();
        foreach (KeyValuePair<string, ConstantTensor> pair in initializers)
        {
            if (!result._byName.TryAdd(pair.Key, pair.Value))
            {
                throw new InvalidModelException($"Initializer '{pair.Key}' is given twice.");
            }

            result._ordered.Add(pair);
        }

        return result;
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _byName.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out ConstantTensor value) => _byName.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, ConstantTensor>> GetEnumerator() => _ordered.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
