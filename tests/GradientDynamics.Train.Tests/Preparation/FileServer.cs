using System.Net;
using System.Net.Sockets;

namespace GradientDynamics.Train.Tests.Preparation;

/// <summary>An HTTP server on this machine that serves one file, and breaks where a test wants it to.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _loop;

    public FileServer()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        int port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        Address = new($"http://127.0.0.1:{port}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _loop = Task.Run(ServeAsync);
    }

    public Uri Address { get; }

    public byte[] Content { get; set; } = [];

    public string? Tag { get; set; } = "\"one\"";

    /// <summary>Status in place of the content, while it is set.</summary>
    public int? Refusal { get; set; }

    /// <summary>Bytes after which the connection is cut, once each.</summary>
    public Queue<int> Cuts { get; } = new();

    /// <summary>Range headers of the requests, in order; null where there was none.</summary>
    public List<string?> Ranges { get; } = [];

    /// <summary>Addresses asked for, as they stood in the request.</summary>
    public List<string> Targets { get; } = [];

    public void Dispose()
    {
        _listener.Stop();
        _loop.Wait();
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                await AnswerAsync(context);
            }
            catch (Exception error) when (error is HttpListenerException or IOException or ObjectDisposedException)
            {
                // The client has gone.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        Ranges.Add(context.Request.Headers["Range"]);
        Targets.Add(context.Request.RawUrl!);
        HttpListenerResponse response = context.Response;
        if (Refusal is { } status)
        {
            response.StatusCode = status;
            response.Close();
            return;
        }

        int start = 0;
        if (context.Request.Headers["Range"] is { } range && (context.Request.Headers["If-Range"] is not { } condition || condition == Tag))
        {
            start = int.Parse(range["bytes=".Length..].TrimEnd('-'));
            if (start >= Content.Length)
            {
                response.StatusCode = 416;
                response.Close();
                return;
            }

            response.StatusCode = 206;
            response.Headers["Content-Range"] = $"bytes {start}-{Content.Length - 1}/{Content.Length}";
        }

        if (Tag is not null)
        {
            response.Headers["ETag"] = Tag;
        }

        response.ContentLength64 = Content.Length - start;
        if (Cuts.TryDequeue(out int cut))
        {
            await response.OutputStream.WriteAsync(Content.AsMemory(start, cut));
            await response.OutputStream.FlushAsync();
            response.Abort();
            return;
        }

        await response.OutputStream.WriteAsync(Content.AsMemory(start));
        response.Close();
    }
}
