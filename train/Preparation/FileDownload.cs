using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Preparation;

/// <summary>
/// Downloads a file over HTTP: what arrived of an earlier try is continued, the whole is checked, and only then has the file its name. A proxy is taken from HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and
/// NO_PROXY, in either case.
/// </summary>
/// <remarks>RFC 9110: Range with If-Range, so that a file that changed meanwhile is fetched from its beginning.</remarks>
internal sealed class FileDownload(HttpClient client, TimeSpan pause)
{
    // A connection that breaks once in a gigabyte is common; one that never brings a byte is not worth more tries.
    private const int FruitlessTries = 4;
    private const int BufferSize = 1 << 17;

    /// <summary>Downloads that wait a second before they continue.</summary>
    public FileDownload(HttpClient client)
        : this(client, TimeSpan.FromSeconds(1))
    {
    }

    /// <summary>A client as downloads need it: patient with slow servers, not with silent ones (see <see cref="FetchAsync"/>).</summary>
    public static HttpClient CreateClient()
    {
        HttpClient client = new() { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new("gd-train", null));
        return client;
    }

    /// <summary>Fetches a file to a path unless it is there already, and returns the checksum of what is there: of the published kind, or SHA-256.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Where it goes.</param>
    /// <param name="report">Takes bytes done and in all; 0 in all where the server does not say.</param>
    /// <param name="cancellationToken">Interrupts it; what has arrived stays for the next try.</param>
    /// <exception cref="CommandException">The server refuses or stays silent, or the file is not the published one.</exception>
    public async Task<FileChecksum> FetchAsync(RemoteFile file, string path, Action<long, long> report, CancellationToken cancellationToken)
    {
        FileChecksum expected = file.Checksum ?? new("sha256", "");
        if (File.Exists(path))
        {
            return await CheckAsync(file, path, expected, "accepted is that file, or none, so that it is downloaded", cancellationToken);
        }

        string partial = path + ".part";
        string tag = path + ".part.tag";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (int fruitless = 0; ;)
        {
            long before = Length(partial);
            try
            {
                await ReceiveAsync(file, partial, tag, report, cancellationToken);
                break;
            }
            catch (Exception error) when (IsTransient(error, cancellationToken))
            {
                fruitless = Length(partial) > before ? 1 : fruitless + 1;
                if (fruitless == FruitlessTries)
                {
                    throw new CommandException(ExitCode.Server, $"{file.Address}: {error.Message} After {FruitlessTries} tries, {Length(partial)} bytes have arrived; the same command continues there.", error);
                }

                await Task.Delay(pause * fruitless, cancellationToken);
            }
        }

        FileChecksum actual;
        try
        {
            actual = await CheckAsync(file, partial, expected, "it has been removed; the same command downloads it again", cancellationToken);
        }
        catch (CommandException)
        {
            File.Delete(partial);
            File.Delete(tag);
            throw;
        }

        File.Move(partial, path);
        File.Delete(tag);
        return actual;
    }

    private static async Task<FileChecksum> CheckAsync(RemoteFile file, string path, FileChecksum expected, string accepted, CancellationToken cancellationToken)
    {
        FileChecksum actual = await expected.OfAsync(path, cancellationToken);
        return file.Checksum is null || actual == expected
            ? actual
            : throw new CommandException(ExitCode.File, $"{path}: has the checksum {actual}, and {file.Address} is known as {expected}; {accepted}.");
    }

    private async Task ReceiveAsync(RemoteFile file, string partial, string tag, Action<long, long> report, CancellationToken cancellationToken)
    {
        long have = Length(partial);
        using HttpRequestMessage request = new(HttpMethod.Get, file.Address);
        // Without a tag nothing tells whether what is there belongs to what the server has now.
        if (have > 0 && File.Exists(tag) && EntityTagHeaderValue.TryParse(await File.ReadAllTextAsync(tag, cancellationToken), out EntityTagHeaderValue? known))
        {
            request.Headers.Range = new(have, null);
            request.Headers.IfRange = new(known);
        }

        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Silence);
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // All of it, or more, is there: the checksum would tell, but only where one is published.
            File.Delete(partial);
            throw new IOException("the server does not have the part that is missing.");
        }

        if (!response.IsSuccessStatusCode)
        {
            string message = string.Create(CultureInfo.InvariantCulture, $"the server answers {(int)response.StatusCode} {response.ReasonPhrase}.");
            throw (int)response.StatusCode >= 500
                ? new IOException(message)
                : new CommandException(ExitCode.Server, $"{file.Address}: {message}");
        }

        bool continues = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == have;
        if (response.StatusCode == HttpStatusCode.PartialContent && !continues)
        {
            File.Delete(partial);
            throw new IOException("the server answers with another part than was asked for.");
        }

        long start = continues ? have : 0;
        long total = response.Content.Headers.ContentLength is { } length ? start + length : 0;
        if (response.Headers.ETag is { IsWeak: false } newTag)
        {
            await File.WriteAllTextAsync(tag, newTag.ToString(), cancellationToken);
        }
        else
        {
            File.Delete(tag);
        }

        await using FileStream target = new(partial, continues ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read, BufferSize, useAsync: true);
        await using Stream source = await response.Content.ReadAsStreamAsync(cancellationToken);
        byte[] buffer = new byte[BufferSize];
        long done = start;
        report(done, total);
        while (true)
        {
            silence.CancelAfter(Silence);
            int read = await source.ReadAsync(buffer, silence.Token);
            if (read == 0)
            {
                break;
            }

            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            done += read;
            report(done, total);
        }

        if (total > 0 && done != total)
        {
            throw new IOException($"the connection ended after {done} of {total} bytes.");
        }

        await target.FlushAsync(cancellationToken);
        target.Flush(flushToDisk: true);
    }

    // A server that says nothing for a minute has been lost.
    private static TimeSpan Silence => TimeSpan.FromMinutes(1);

    private static bool IsTransient(Exception error, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && (error is HttpRequestException or OperationCanceledException || (error is IOException && error is not (FileNotFoundException or DirectoryNotFoundException)));

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
