using System.CommandLine;
using System.Net.Sockets;

namespace GradientDynamics.CommandLine.Tests;

public sealed class CommandHostTests
{
    [Theory]
    [InlineData("work --count 3", 0)]
    [InlineData("work --count 4", 1)]
    public async Task RunAsync_OfACommand_ReturnsItsExitCode(string line, int expected)
    {
        (int exitCode, _, string error) = await RunAsync(line, count => count == 3 ? 0 : 1);

        exitCode.ShouldBe(expected);
        error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("work", "error: Option '--count' is required. See 'gd-test work --help'.\n")]
    [InlineData("work --count many", "error: Cannot parse argument 'many' for option '--count' as expected type 'System.Int32'. See 'gd-test work --help'.\n")]
    [InlineData("work --count 3 --cuont 4", "error: Unrecognized command or argument '--cuont'. Unrecognized command or argument '4'. Did you mean '--count'? See 'gd-test work --help'.\n")]
    [InlineData("", "error: Required command was not provided. Accepted: 'work'. See 'gd-test --help'.\n")]
    [InlineData("wrok", "error: Required command was not provided. Unrecognized command or argument 'wrok'. Did you mean 'work'? See 'gd-test --help'.\n")]
    public async Task RunAsync_OfAWrongCommandLine_IsOneLineAndExitCode2(string line, string message)
    {
        (int exitCode, string output, string error) = await RunAsync(line, _ => 0);

        exitCode.ShouldBe(2);
        error.ShouldBe(message);
        output.ShouldBeEmpty();
    }

    [Fact]
    public async Task RunAsync_OfHelp_ListsTheOptionsOnStandardOutput()
    {
        (int exitCode, string output, string error) = await RunAsync("work --help", _ => 0);

        exitCode.ShouldBe(0);
        output.ShouldContain("--count");
        output.ShouldContain("--verbose");
        error.ShouldBeEmpty();
    }

    public static TheoryData<Exception, int, string> Failures => new()
    {
        { new CommandException(ExitCode.Numerics, "epoch 3: the loss is NaN."), 5, "epoch 3: the loss is NaN." },
        { new CommandException(ExitCode.Server, "two\nlines"), 4, "two lines" },
        { new AggregateException(new CommandException(ExitCode.GateFailed, "inside")), 1, "inside" },
        { new InvalidDataException("set.parquet: is no Parquet file."), 3, "set.parquet: is no Parquet file." },
        { new FileNotFoundException("gone"), 3, "gone" },
        { new DirectoryNotFoundException("gone"), 3, "gone" },
        { new UnauthorizedAccessException("denied"), 3, "denied" },
        { new IOException("broken"), 3, "broken" },
        { new IOException("No space left on device : '/a'", 28), 6, "disk full: No space left on device : '/a'" },
        { new IOException("not enough space", unchecked((int)0x80070070)), 6, "disk full: not enough space" },
        { new InsufficientMemoryException("tensor of 9 EB"), 6, "out of memory: tensor of 9 EB" },
        { new DllNotFoundException("libtorch"), 6, "a native library does not load: libtorch" },
        { new TypeInitializationException("Torch", new DllNotFoundException("libtorch")), 6, "a native library does not load: libtorch" },
        { new HttpRequestException("refused"), 4, "refused" },
        { new SocketException((int)SocketError.ConnectionRefused), 4, new SocketException((int)SocketError.ConnectionRefused).Message },
        { new TaskCanceledException("slow", new TimeoutException("100 s passed")), 4, "100 s passed" },
        { new OperationCanceledException("by nobody"), 70, "a fault of this program, please report it: by nobody" },
        { new InvalidOperationException("never"), 70, "a fault of this program, please report it: InvalidOperationException: never" },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task RunAsync_OfAFailure_IsOneLineAndItsExitCode(Exception failure, int expected, string message)
    {
        (int exitCode, string output, string error) = await RunAsync("work --count 1", _ => throw failure);

        exitCode.ShouldBe(expected);
        error.ShouldBe($"error: {message}\n");
        output.ShouldBeEmpty();
    }

    [Fact]
    public async Task RunAsync_OfAFailureWithVerbose_AddsTheStackTrace()
    {
        (int exitCode, _, string error) = await RunAsync("work --count 1 --verbose", _ => throw new CommandException(ExitCode.File, "wrong"));

        exitCode.ShouldBe(3);
        error.ShouldStartWith("error: wrong\n");
        error.ShouldContain("   at ");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_WhenInterrupted_CancelsTheCommandAndReturns130(bool asCancellation)
    {
        using CancellationTokenSource interrupt = new();
        RootCommand root = new("test");
        root.SetAction(async (_, cancellationToken) =>
        {
            await interrupt.CancelAsync();
            cancellationToken.IsCancellationRequested.ShouldBeTrue();
            throw asCancellation ? new OperationCanceledException(cancellationToken) : new CommandException(ExitCode.Server, "the call was cancelled");
        });
        StringWriter error = new();

        int exitCode = await CommandHost.RunAsync(root, [], TextWriter.Null, error, interrupt.Token);

        exitCode.ShouldBe(130);
        error.ToString().TrimEnd().ShouldBe(asCancellation ? "error: interrupted." : "error: the call was cancelled");
    }

    [Fact]
    public async Task RunAsync_WhenTheDiskIsFull_ReturnsExitCode6()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "The device that is always full exists on Linux only.");
        using TemporaryFolder folder = new();

        (int exitCode, _, string error) = await RunAsync("work --count 1", _ =>
        {
            AtomicFile.Write(folder["model.onnx"], stream =>
            {
                stream.Write([1, 2, 3]);
                using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
                full.Write([1, 2, 3]);
            });
            return 0;
        });

        exitCode.ShouldBe(6);
        error.ShouldStartWith("error: disk full: ");
        folder.Entries.ShouldBeEmpty();
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string line, Func<int, int> action)
    {
        Option<int> count = new("--count") { Description = "How many.", Required = true };
        Command work = new("work", "Works.") { count };
        work.SetAction(result => action(result.GetRequiredValue(count)));
        RootCommand root = new("test") { work };
        StringWriter output = new() { NewLine = "\n" };
        StringWriter error = new() { NewLine = "\n" };

        int exitCode = await CommandHost.RunAsync(root, line.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error, CancellationToken.None);

        string name = root.Name;
        return (exitCode, output.ToString(), error.ToString().Replace(name, "gd-test", StringComparison.Ordinal));
    }
}
