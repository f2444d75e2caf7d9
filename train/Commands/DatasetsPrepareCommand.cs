using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Preparation;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train datasets prepare</c>: downloads what may be downloaded, says what to fetch by hand, and arranges the files as the loader reads them.</summary>
internal static class DatasetsPrepareCommand
{
    // A line a minute where there is no terminal, and a bar that moves where there is one.
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(Console.IsErrorRedirected ? 60 : 0.2);

    public static Command Create()
    {
        Argument<string> kind = new("kind") { Description = "Kind of the dataset." };
        Option<string> output = new("--output") { Description = "Folder of the data; what is there already is kept and checked.", Required = true };
        Option<string?> mirror = new("--mirror") { Description = "Address of a folder that has the files to download under their own names, in place of the published addresses." };
        Option<string[]> checksum = new("--checksum") { Description = "Checksum that a downloaded file must have, as NAME=sha256:DIGITS; may be repeated.", DefaultValueFactory = _ => [] };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("prepare", "Fetches and arranges the files of a dataset.") { kind, output, mirror, checksum, json };
        command.SetAction(async (result, cancellationToken) =>
        {
            CommandOutput console = CommandOutput.Of(result, json);
            PreparedDataset prepared = await RunAsync(
                result.GetRequiredValue(kind), Path.GetFullPath(result.GetRequiredValue(output)), result.GetValue(mirror), result.GetRequiredValue(checksum), console, cancellationToken);
            console.Write(prepared, prepared.ToTable());
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static async Task<PreparedDataset> RunAsync(string kind, string folder, string? mirror, string[] checksums, CommandOutput console, CancellationToken cancellationToken)
    {
        DatasetSource source = DatasetSource.Of(kind, candidate => candidate.Downloads.Count + candidate.ByHand.Count > 0, "there is nothing to fetch: it is generated, or the user's own");
        console.Error.WriteLine($"{kind}: {source.Licence}");
        List<PreparedFile> files = [];
        if (!source.IsArranged(folder))
        {
            Directory.CreateDirectory(folder);
            RemoteFile[] downloads = [.. Required(source.Downloads, mirror, checksums)];
            using HttpClient client = FileDownload.CreateClient();
            FileDownload download = new(client);
            foreach (RemoteFile file in downloads.Where(file => file.Contents is null || !Path.Exists(Path.Combine(folder, file.Contents))))
            {
                console.Error.WriteLine($"{file.Path}: from {file.Address}{(file.ApproximateSize is { } size ? string.Create(CultureInfo.InvariantCulture, $", about {size / 1e6:F0} MB") : "")}.");
                files.Add(new(file.Path, (await FetchAsync(download, file, folder, console, cancellationToken)).ToString()));
            }

            files.AddRange(await RequireByHandAsync(source, folder, cancellationToken));
            await source.ArrangeAsync(folder, line => console.Error.WriteLine(line), cancellationToken);
        }
        else
        {
            console.Error.WriteLine($"{folder}: is prepared already.");
        }

        console.Error.WriteLine($"gd-train datasets verify --dataset {kind} --set folder={folder} compares it with the published counts.");
        return new(kind, folder, files);
    }

    private static IEnumerable<RemoteFile> Required(IReadOnlyList<RemoteFile> downloads, string? mirror, string[] checksums)
    {
        Dictionary<string, FileChecksum> required = new(StringComparer.Ordinal);
        foreach (string text in checksums)
        {
            string[] parts = text.Split('=', 2);
            if (parts.Length != 2 || downloads.All(file => Path.GetFileName(file.Path) != parts[0]))
            {
                throw new CommandException(ExitCode.Configuration, $"--checksum: is '{text}'; accepted is NAME=sha256:DIGITS, where NAME is one of {string.Join(", ", downloads.Select(file => Path.GetFileName(file.Path)))}.");
            }

            try
            {
                required[parts[0]] = FileChecksum.Parse(parts[1]);
            }
            catch (FormatException error)
            {
                throw new CommandException(ExitCode.Configuration, $"--checksum: {error.Message}", error);
            }
        }

        Uri? folder = null;
        if (mirror is not null && !(Uri.TryCreate(mirror.TrimEnd('/') + "/", UriKind.Absolute, out folder) && folder.Scheme is "http" or "https"))
        {
            throw new CommandException(ExitCode.Configuration, $"--mirror: is '{mirror}'; accepted is an address that begins with http:// or https://.");
        }

        foreach (RemoteFile file in downloads)
        {
            string name = Path.GetFileName(file.Path);
            yield return file with
            {
                Address = folder is null ? file.Address : new Uri(folder, name),
                Checksum = required.GetValueOrDefault(name) ?? file.Checksum,
            };
        }
    }

    private static async Task<FileChecksum> FetchAsync(FileDownload download, RemoteFile file, string folder, CommandOutput console, CancellationToken cancellationToken)
    {
        ProgressReporter? progress = null;
        try
        {
            DateTime last = DateTime.MinValue;
            FileChecksum actual = await download.FetchAsync(
                file,
                Path.Combine(folder, file.Path),
                (done, total) =>
                {
                    progress ??= console.Progress(Path.GetFileName(file.Path), total);
                    if (DateTime.UtcNow - last >= ReportEvery || done == total)
                    {
                        last = DateTime.UtcNow;
                        progress.Report(done, string.Create(CultureInfo.InvariantCulture, $"{done / 1e6:F1} MB"));
                    }
                },
                cancellationToken);
            console.Error.WriteLine(file.Checksum is null
                ? $"{file.Path}: {actual}. Its publisher states no checksum; --checksum {Path.GetFileName(file.Path)}={actual} holds another download to it."
                : $"{file.Path}: {actual}, as it should be.");
            return actual;
        }
        finally
        {
            progress?.Dispose();
        }
    }

    private static async Task<List<PreparedFile>> RequireByHandAsync(DatasetSource source, string folder, CancellationToken cancellationToken)
    {
        ManualFile[] missing = [.. source.ByHand.Where(file => file.Alternatives.Prepend(file.Path).All(path => !Path.Exists(Path.Combine(folder, path))))];
        if (missing.Length > 0)
        {
            string steps = string.Join(" ", missing.Select((file, index) => $"({index + 1}) {file.Where} Put it at {Path.Combine(folder, file.Path)}."));
            throw new CommandException(ExitCode.File, $"{source.Kind}: {(missing.Length == 1 ? "a file has" : $"{missing.Length} files have")} to be fetched by hand. {steps} Then run the same command again.");
        }

        List<PreparedFile> files = [];
        foreach (ManualFile file in source.ByHand)
        {
            string path = Path.Combine(folder, file.Path);
            if (file.Checksum is not { } expected || !File.Exists(path))
            {
                continue;
            }

            FileChecksum actual = await expected.OfAsync(path, cancellationToken);
            if (actual != expected)
            {
                throw new CommandException(ExitCode.File, $"{path}: has the checksum {actual}, and the published file {expected}; accepted is that file. {file.Where}");
            }

            files.Add(new(file.Path, actual.ToString()));
        }

        return files;
    }
}

/// <summary>A fetched file and its checksum.</summary>
internal sealed record PreparedFile(string Path, string Checksum);

/// <summary>Result of <c>gd-train datasets prepare</c>.</summary>
internal sealed record PreparedDataset(string Kind, string Folder, IReadOnlyList<PreparedFile> Files)
{
    public ResultTable ToTable()
    {
        ResultTable table = new("file", "checksum") { Title = $"{Kind}: prepared in {Folder}" };
        foreach (PreparedFile file in Files)
        {
            table.Add(file.Path, file.Checksum);
        }

        return table;
    }
}
