using GradientDynamics.Attack.Targets;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Attack.Tests.Targets;

public sealed class TargetAddressTests
{
    [Fact]
    public void Addresses_AreReadAsTheyAreWritten()
    {
        TargetAddress.Parse("ERM=http://127.0.0.1:8001/digits-erm").ShouldBe(new TargetAddress("ERM", new Uri("http://127.0.0.1:8001"), "digits-erm", null));
        TargetAddress.Parse("SD 0.1=https://host/digits:3").ShouldBe(new TargetAddress("SD 0.1", new Uri("https://host"), "digits", "3"));
        TargetAddress.Parse("local=models/a=b.onnx").ShouldBe(new TargetAddress("local", null, "models/a=b.onnx", null));
        TargetAddress.Of(null, "http://host:1", "name:2").ShouldBe(new TargetAddress("name", new Uri("http://host:1"), "name", "2"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8001/digits")]
    [InlineData("=http://127.0.0.1:8001/digits")]
    [InlineData("A=http://127.0.0.1:8001/")]
    [InlineData("A=http://127.0.0.1:8001/two/parts")]
    [InlineData("A=model")]
    [InlineData("A=")]
    [InlineData("A=http://127.0.0.1:8001/digits:")]
    public void WrongAddresses_AreRefused(string text)
    {
        Should.Throw<CommandException>(() => TargetAddress.Parse(text)).ExitCode.ShouldBe(ExitCode.Configuration);
    }
}
