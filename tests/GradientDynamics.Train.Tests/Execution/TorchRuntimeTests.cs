using GradientDynamics.CommandLine;
using GradientDynamics.Train.Execution;

namespace GradientDynamics.Train.Tests.Execution;

public sealed class TorchRuntimeTests
{
    [Fact]
    public void EnsureLoaded_OnThisSystem_DoesNothing() => Should.NotThrow(TorchRuntime.EnsureLoaded);

    [Fact]
    public void Explain_OfAMissingLibstdcppVersion_NamesTheRemedyInOneLine()
    {
        DllNotFoundException missing = new("Unable to load shared library 'LibTorchSharp' or one of its dependencies.\n/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by libLibTorchSharp.so)\nmore");

        CommandException error = TorchRuntime.Explain(new TypeInitializationException("TorchSharp.torch", missing));

        error.ExitCode.ShouldBe(ExitCode.System);
        error.Message.ShouldStartWith("libtorch does not load: /lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found");
        error.Message.ShouldContain("run 'dotnet publish' on this system");
        error.Message.ShouldNotContain('\n');
    }

    [Fact]
    public void Explain_OfAMissingFile_SaysWhichFilesBelongWhere()
    {
        CommandException error = TorchRuntime.Explain(new DllNotFoundException("Unable to load shared library 'LibTorchSharp'.\nsecond line"));

        error.Message.ShouldStartWith("libtorch does not load: Unable to load shared library 'LibTorchSharp'. The native files");
        error.Message.ShouldNotContain('\n');
    }
}
