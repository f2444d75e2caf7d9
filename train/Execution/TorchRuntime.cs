using GradientDynamics.CommandLine;
using TorchSharp;

namespace GradientDynamics.Train.Execution;

/// <summary>Loads libtorch, and says in one line what to do where it does not load.</summary>
public static class TorchRuntime
{
    /// <summary>Loads the native libraries; later calls do nothing.</summary>
    /// <exception cref="CommandException">They do not load on this system.</exception>
    public static void EnsureLoaded()
    {
        try
        {
            using torch.Tensor probe = torch.zeros(1);
        }
        catch (Exception error) when (IsLoadFailure(error))
        {
            throw Explain(error);
        }
    }

    /// <summary>What a failure to load means and what helps, by what its message and its causes' say.</summary>
    internal static CommandException Explain(Exception error)
    {
        string[] messages = [.. Causes(error).Select(cause => cause.Message)];
        string reason = messages.FirstOrDefault(message => message.Contains("GLIBCXX", StringComparison.Ordinal)) ?? messages[^1];
        string remedy = reason.Contains("GLIBCXX", StringComparison.Ordinal)
            ? "This system's libstdc++ is older than the one that TorchSharp was built with. A build or publish of this project writes a libLibTorchSharp.so that loads here: "
                + "run 'dotnet publish' on this system, or in its container, and use the files that it writes instead of files copied from a package or another machine."
            : "The native files of TorchSharp and libtorch for this operating system and processor (Linux x64, Windows x64 or macOS arm64) must lie beside gd-train: run 'dotnet publish' on this system.";
        return new(ExitCode.System, $"libtorch does not load: {FirstLine(reason)}. {remedy}", error);
    }

    private static bool IsLoadFailure(Exception error) =>
        error is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or NotSupportedException or FileNotFoundException
        || (error is TypeInitializationException && error.InnerException is { } inner && IsLoadFailure(inner));

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    private static string FirstLine(string message) =>
        message.ReplaceLineEndings("\n").Split('\n').First(line => !message.Contains("GLIBCXX", StringComparison.Ordinal) || line.Contains("GLIBCXX", StringComparison.Ordinal)).Trim().TrimEnd('.');
}
