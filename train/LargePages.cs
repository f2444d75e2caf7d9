using System.Collections;
using System.Runtime.InteropServices;

namespace GradientDynamics.Train;

/// <summary>
/// Lets glibc's allocator ask for large pages, which makes training on the CPU faster: libtorch allocates and frees activations of megabytes in every step, and with small pages much of that
/// time goes into page faults. glibc reads the setting only when a process starts, so the process starts itself once more, with the same arguments, in its own place: number of the process,
/// standard streams, signals and exit code are those of one process.
/// </summary>
internal static partial class LargePages
{
    /// <summary>Any value in this environment variable leaves the process as it was started.</summary>
    public const string OptOutVariable = "GRADIENTDYNAMICS_NO_RESTART";

    /// <summary>The variable that glibc reads when a process starts.</summary>
    public const string TunablesVariable = "GLIBC_TUNABLES";
    private const string Tunable = "glibc.malloc.hugetlb";

    /// <summary>Starts the process anew where that helps; returns where it does not, or where the system refuses.</summary>
    /// <param name="args">Arguments of the process.</param>
    /// <param name="commands">The commands that train, by the first argument; others would only start later.</param>
    public static void RestartFor(string[] args, params ReadOnlySpan<string> commands)
    {
        string tunables = Environment.GetEnvironmentVariable(TunablesVariable) ?? "";
        if (!OperatingSystem.IsLinux() || !commands.Contains(args.FirstOrDefault()) || tunables.Contains(Tunable, StringComparison.Ordinal) || Environment.GetEnvironmentVariable(OptOutVariable) is not null)
        {
            return;
        }

        string? program = File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: false)?.FullName;
        // Every argument ends with a zero, the last one as well; it may be empty.
        string[] arguments = File.ReadAllText("/proc/self/cmdline")[..^1].Split('\0');
        // The opt-out ends here whatever glibc makes of the other variable.
        List<string> environment = [$"{TunablesVariable}={(tunables.Length == 0 ? "" : tunables + ":")}{Tunable}=1", $"{OptOutVariable}=1"];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable.Key is not TunablesVariable and not OptOutVariable)
            {
                environment.Add($"{variable.Key}={variable.Value}");
            }
        }

        if (program is not null)
        {
            // Returns only where it fails; the process then goes on without large pages.
            _ = Execute(program, [.. arguments, null], [.. environment, null]);
        }
    }

    [LibraryImport("libc", EntryPoint = "execve", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments, string?[] environment);
}
