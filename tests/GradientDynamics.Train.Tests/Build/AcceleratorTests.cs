using System.Text.Json;

namespace GradientDynamics.Train.Tests.Build;

/// <summary>The property Accelerator chooses the native packages. Only the evaluation is tested: the CUDA packages need not be there.</summary>
public sealed class AcceleratorTests
{
    private const string Train = "train/GradientDynamics.Train.csproj";
    private const string Runtime = "onnx/GradientDynamics.Onnx.Runtime/GradientDynamics.Onnx.Runtime.csproj";

    [Fact]
    public void Train_WithCuda_TakesTorchSharpsCudaPackage()
    {
        string[] packages = Packages(Train, "cuda");

        packages.ShouldContain(OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux");
        packages.ShouldNotContain(name => name.StartsWith("libtorch-cpu", StringComparison.Ordinal));
    }

    [Fact]
    public void Train_WithoutTheProperty_TakesLibtorchOfThisSystemForTheCpu()
    {
        string[] packages = Packages(Train, null);

        packages.ShouldContain("TorchSharp");
        packages.Count(name => name.StartsWith("libtorch-cpu-", StringComparison.Ordinal)).ShouldBe(1);
        packages.ShouldNotContain(name => name.Contains("cuda", StringComparison.Ordinal));
    }

    [Fact]
    public void OnnxRuntime_WithCuda_TakesItsGpuPackage()
    {
        string[] packages = Packages(Runtime, "cuda");

        packages.ShouldContain("Microsoft.ML.OnnxRuntime.Gpu");
        packages.ShouldNotContain("Microsoft.ML.OnnxRuntime");
    }

    [Fact]
    public void OnnxRuntime_WithoutTheProperty_TakesTheCpuPackage()
    {
        string[] packages = Packages(Runtime, null);

        packages.ShouldContain("Microsoft.ML.OnnxRuntime");
        packages.ShouldNotContain("Microsoft.ML.OnnxRuntime.Gpu");
    }

    [Fact]
    public void AnotherValue_StopsBeforePackagesAreCollected_AndNamesWhatIsAccepted()
    {
        (int exitCode, string output) = MSBuildProcess.Run(Train, "-t:CollectPackageReferences", "-p:Accelerator=rocm");

        exitCode.ShouldNotBe(0);
        output.ShouldContain("Accelerator is 'rocm'; accepted are 'cpu' and 'cuda'.");
    }

    private static string[] Packages(string project, string? accelerator)
    {
        (int exitCode, string output) = MSBuildProcess.Run([project, "-getItem:PackageReference", .. accelerator is null ? (string[])[] : [$"-p:Accelerator={accelerator}"]]);
        exitCode.ShouldBe(0, output);
        using JsonDocument document = JsonDocument.Parse(output);
        return [.. document.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray().Select(item => item.GetProperty("Identity").GetString()!)];
    }
}
