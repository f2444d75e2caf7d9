using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>Where a node stands: its opset, and the functions through whose bodies it came.</summary>
internal sealed record NodeOrigin(int Opset, FunctionProto? Function = null, NodeOrigin? Caller = null)
{
    /// <summary>How many calls within calls lead to the node.</summary>
    public int Depth { get; } = Caller is null ? 0 : Caller.Depth + 1;

    /// <summary>Whether one of the calls is of <paramref name="function"/>.</summary>
    public bool IsWithin(FunctionProto function) => ReferenceEquals(Function, function) || Caller?.IsWithin(function) == true;
}

/// <summary>The functions that a model carries itself: a call of one becomes the nodes of its body, with fresh names and the call's operands and attributes.</summary>
internal sealed class ModelFunctions
{
    // What calls may expand to, as the file would hold it: calls within calls can double it at every level. No model in use comes near.
    private const long LeastBudget = 64 << 20;
    private const int BudgetPerModel = 4;

    // Calls within calls; exporters nest a few.
    private const int DeepestCall = 64;

    private readonly Dictionary<(string Domain, string Name, string Overload), FunctionProto> _functions = [];
    private readonly Dictionary<FunctionProto, long> _sizes = new(ReferenceEqualityComparer.Instance);
    private readonly FreshNames _names;
    private readonly ModelProto _model;
    private long? _budget;

    public ModelFunctions(ModelProto model, FreshNames names)
    {
        _model = model;
        _names = names;
        foreach (FunctionProto function in model.Functions)
        {
            if (!_functions.TryAdd((Domain(function.Domain), function.Name, function.Overload), function))
            {
                throw new InvalidModelException($"the function '{function.Name}' of the domain '{function.Domain}' is given twice.");
            }
        }
    }

    /// <summary>The node itself, or the nodes that the call becomes.</summary>
    public IEnumerable<(NodeProto Node, NodeOrigin Origin)> Inline(NodeProto node, NodeOrigin origin)
    {
        if (!_functions.TryGetValue((Domain(node.Domain), node.OpType, node.Overload), out FunctionProto? function))
        {
            return [(node, origin)];
        }

        if (origin.IsWithin(function))
        {
            throw new InvalidModelException($"The function '{function.Name}' calls itself.");
        }

        if (origin.Depth == DeepestCall)
        {
            throw new InvalidModelException($"Calls of the model's functions are nested more than {DeepestCall} deep.");
        }

        int opset = OnnxModelFile.StandardOpset(function.OpsetImport);
        NodeOrigin inside = new(opset == 0 ? origin.Opset : opset, function, origin);
        try
        {
            Charge(function);
            return [.. Body(node, function).SelectMany(inner => Inline(inner, inside))];
        }
        catch (InvalidModelException error) when (error.Data["call"] is null)
        {
            string label = node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(output => output.Length > 0) ?? "";
            throw new InvalidModelException($"Node {node.OpType} '{label}', a call of the model's function '{function.Name}': {error.Message}", error) { Data = { ["call"] = label } };
        }
    }

    private static string Domain(string domain) => domain is "ai.onnx" ? "" : domain;

    private void Charge(FunctionProto function)
    {
        if (!_sizes.TryGetValue(function, out long size))
        {
            size = function.CalculateSize();
            _sizes.Add(function, size);
        }

        _budget ??= Math.Max(LeastBudget, BudgetPerModel * (long)_model.CalculateSize());
        _budget -= size;
        if (_budget < 0)
        {
            throw new InvalidModelException("the model's functions, written out, are larger than is accepted: at most 64 MiB or 4 times the model.");
        }
    }

    private List<NodeProto> Body(NodeProto call, FunctionProto function)
    {
        if (call.Input.Count > function.Input.Count || call.Output.Count > function.Output.Count)
        {
            throw new InvalidModelException($"it has {call.Input.Count} inputs and {call.Output.Count} outputs; the function has {function.Input.Count} and {function.Output.Count}.");
        }

        foreach (AttributeProto attribute in call.Attribute)
        {
            if (!function.Attribute.Contains(attribute.Name) && !function.AttributeProto.Any(declared => declared.Name == attribute.Name))
            {
                throw new InvalidModelException($"the function has no attribute '{attribute.Name}'.");
            }
        }

        string label = call.Name.Length > 0 ? call.Name : call.Output.FirstOrDefault(output => output.Length > 0) ?? call.OpType;
        Dictionary<string, string> renamed = new(StringComparer.Ordinal);
        foreach ((int index, string input) in function.Input.Index())
        {
            if (!renamed.TryAdd(input, index < call.Input.Count ? call.Input[index] : ""))
            {
                throw new InvalidModelException($"the function has the input '{input}' twice.");
            }
        }

        foreach (string produced in function.Node.SelectMany(node => node.Output).Where(output => output.Length > 0))
        {
            int output = function.Output.IndexOf(produced);
            string name = output >= 0 && output < call.Output.Count && call.Output[output].Length > 0 ? call.Output[output] : _names.Fresh($"{label}/{produced}");
            if (!renamed.TryAdd(produced, name))
            {
                throw new InvalidModelException($"the function has the value '{produced}' twice.");
            }
        }

        List<NodeProto> nodes = [.. function.Node.Select(node => Copy(node, renamed, label, call, function))];
        foreach ((string formal, string wanted) in function.Output.Zip(call.Output).Where(pair => pair.Second.Length > 0))
        {
            if (!renamed.TryGetValue(formal, out string? value) || value.Length == 0)
            {
                throw new InvalidModelException($"the function's output '{formal}' is produced by nothing.");
            }

            // An output that is an input, or the same as another output.
            if (value != wanted)
            {
                nodes.Add(new() { OpType = "Identity", Name = $"{label}/{formal}", Input = { value }, Output = { wanted } });
            }
        }

        return nodes;
    }

    private NodeProto Copy(NodeProto node, Dictionary<string, string> renamed, string label, NodeProto call, FunctionProto function)
    {
        string Renamed(string name) => name.Length == 0 ? name
            : renamed.TryGetValue(name, out string? mine) ? mine
            : throw new InvalidModelException($"in the function, node {node.OpType} '{node.Name}' uses the value '{name}', which nothing in it produces.");

        NodeProto copy = node.Clone();
        copy.Name = node.Name.Length > 0 ? $"{label}/{node.Name}" : "";
        for (int i = 0; i < copy.Input.Count; i++)
        {
            copy.Input[i] = Renamed(copy.Input[i]);
        }

        for (int i = 0; i < copy.Output.Count; i++)
        {
            copy.Output[i] = Renamed(copy.Output[i]);
        }

        copy.Attribute.Clear();
        foreach (AttributeProto attribute in node.Attribute)
        {
            // An attribute that the call does not give and that has no default is absent.
            AttributeProto? value = attribute.RefAttrName.Length == 0
                ? attribute
                : call.Attribute.FirstOrDefault(given => given.Name == attribute.RefAttrName) ?? function.AttributeProto.FirstOrDefault(declared => declared.Name == attribute.RefAttrName);
            if (value is null)
            {
                continue;
            }

            AttributeProto mine = value.Clone();
            mine.Name = attribute.Name;
            if (attribute.RefAttrName.Length == 0)
            {
                foreach (GraphProto graph in mine.Subgraphs())
                {
                    Rename(graph, renamed, label, call, function);
                }
            }

            copy.Attribute.Add(mine);
        }

        return copy;
    }

    // A subgraph of the body: its own values get fresh names too.
    private void Rename(GraphProto graph, Dictionary<string, string> outer, string label, NodeProto call, FunctionProto function)
    {
        Dictionary<string, string> renamed = new(outer, StringComparer.Ordinal);
        foreach (string own in graph.Defined().Distinct())
        {
            renamed[own] = _names.Fresh($"{label}/{own}");
        }

        string Renamed(string name) => renamed.GetValueOrDefault(name, name);
        foreach (ValueInfoProto value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
        {
            value.Name = Renamed(value.Name);
        }

        foreach (TensorProto tensor in graph.Initializer)
        {
            tensor.Name = Renamed(tensor.Name);
        }

        NodeProto[] nodes = [.. graph.Node.Select(node => Copy(node, renamed, label, call, function))];
        graph.Node.Clear();
        graph.Node.Add(nodes);
    }
}
