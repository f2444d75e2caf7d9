namespace GradientDynamics.Onnx.Graph;

/// <summary>How the parameters of a layer are drawn. Fan in is the number of inputs of one output, fan out the number of outputs of one input.</summary>
public enum Initialization
{
    /// <summary>torch's defaults: weights and biases uniform in ±1/√(fan in).</summary>
    Torch,

    /// <summary>Weights uniform in ±√(6 / (fan in + fan out)), biases 0 (Glorot and Bengio 2010).</summary>
    XavierUniform,

    /// <summary>
    /// Tangent-kernel parametrisation (Jacot et al. 2018): weights and biases standard normal; the layer computes
    /// (W·x) / √(fan in) + 0.1·b, where 0.1 is that paper's β.
    /// </summary>
    Ntk,

    /// <summary>As the network's authors, or torchvision and Hugging Face for them, draw each layer; torch's defaults where they say nothing.</summary>
    Published,
}
