using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Executes one node: takes its inputs from the call and hands its outputs to it.</summary>
internal delegate void NodeExecution(NodeCall call);

/// <summary>One execution of one node.</summary>
internal readonly ref struct NodeCall(Tensor?[] values, PlanStep step, ExecutionMode mode)
{
    /// <summary>The node, for messages.</summary>
    public GraphNode Node => step.Node;

    /// <summary>Whether BatchNormalization and Dropout take their training form.</summary>
    public bool Training => mode.Training && !step.IsStill;

    /// <summary>Number of inputs, absent ones included.</summary>
    public int InputCount => step.Inputs.Length;

    /// <summary>An input that the operator requires.</summary>
    public Tensor this[int input] => At(input) ?? throw new InvalidModelException($"Node {step.Node} has no input {input}, which its operator requires.");

    /// <summary>An input, or null where it is absent.</summary>
    public Tensor? At(int input) => Has(input) ? values[step.Inputs[input]] : null;

    /// <summary>Whether the input is there.</summary>
    public bool Has(int input) => input < step.Inputs.Length && step.Inputs[input] >= 0;

    /// <summary>Whether somebody uses the output.</summary>
    public bool Wants(int output) => output < step.Outputs.Length && step.Outputs[output] >= 0;

    /// <summary>The elements of an integer input; read once where the input is constant.</summary>
    public long[] Integers(int input) => step.Constants[input]?.Integers ?? TorchTensors.ReadIntegers(this[input]);

    /// <summary>The only element of an input as a number; read once where the input is constant.</summary>
    public double Number(int input) => step.Constants[input]?.Number ?? TorchTensors.ReadNumber(this[input]);

    /// <summary>How elements of a type are executed: Float is whatever type the module's weights have been converted to.</summary>
    public ScalarType TypeOf(ElementType element) => element == ElementType.Float ? mode.FloatType : TorchTensors.ToScalarType(element);

    /// <summary>Hands over an output; where nobody uses it, it is disposed. The tensor may be one of the inputs.</summary>
    public void Return(Tensor tensor, int output = 0)
    {
        if (!Wants(output))
        {
            if (!IsInput(tensor))
            {
                tensor.Dispose();
            }

            return;
        }

        values[step.Outputs[output]] = IsInput(tensor) ? tensor.alias() : tensor;
    }

    private bool IsInput(Tensor tensor)
    {
        foreach (int input in step.Inputs)
        {
            if (input >= 0 && ReferenceEquals(values[input], tensor))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>What the whole execution of a plan has in common.</summary>
internal readonly record struct ExecutionMode(bool Training, ScalarType FloatType);
