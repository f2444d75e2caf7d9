namespace GradientDynamics.Train.Tests;

public sealed class TorchLoadsTests
{
    [Fact]
    public void TorchSharp_OnThisSystem_LoadsAndComputes()
    {
        using TorchSharp.torch.Tensor sum = TorchSharp.torch.ones(2, 3).sum();

        sum.item<float>().ShouldBe(6);
    }
}
