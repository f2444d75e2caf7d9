using System.Net;
using GradientDynamics.CommandLine;
using GradientDynamics.Protos.Inference;
using GradientDynamics.Serve.Inference;
using GradientDynamics.Serve.Repository;
using GradientDynamics.Serve.Scheduling;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace GradientDynamics.Serve;

/// <summary>A running server of the Open Inference Protocol: gRPC on one address, HTTP health checks on another.</summary>
internal sealed class InferenceServer : IAsyncDisposable
{
    /// <summary>What an address to listen on looks like.</summary>
    public const string AcceptedAddress = "accepted is http://ADDRESS:PORT with an IP address or localhost";

    /// <summary>How long calls under way may take when the server stops; Triton's default.</summary>
    public static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    // Images arrive in megabytes: with HTTP/2's usual 64 KiB to 1 MiB a sender waits for permission to go on several times per message.
    private const int StreamWindowBytes = 8 << 20;
    private const int ConnectionWindowBytes = 16 << 20;

    private readonly WebApplication _application;

    private InferenceServer(WebApplication application) => _application = application;

    /// <summary>The addresses that the server listens on, gRPC first; ports that were 0 are what the system gave.</summary>
    public IReadOnlyList<Uri> Addresses =>
        [.. _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address))];

    /// <summary>The services and routes of a server, on whatever carries its connections.</summary>
    public static WebApplication Build(ModelRepository repository, Action<WebApplicationBuilder> configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        configure(builder);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(repository);
        builder.Services.AddSingleton(new RunSlots());
        builder.Services.AddSingleton<HealthServiceImpl>();
        builder.Services.AddSingleton<InferenceService>();
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = int.MaxValue;
            options.MaxSendMessageSize = int.MaxValue;
        });
        builder.Services.AddGrpcReflection();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);

        WebApplication application = builder.Build();
        application.UseRouting();
        application.MapGrpcService<InferenceService>();
        application.MapGrpcService<HealthServiceImpl>();
        application.MapGrpcReflectionService();
        application.MapGet("/v2/health/live", () => Results.Ok());
        application.MapGet("/v2/health/ready", () => Results.StatusCode(
            application.Lifetime.ApplicationStopping.IsCancellationRequested ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK));
        ReportHealth(application, repository);
        return application;
    }

    /// <summary>Starts a server over the network.</summary>
    /// <param name="repository">Its models. The caller disposes them after the server.</param>
    /// <param name="grpc">Where it speaks gRPC (HTTP/2 without TLS).</param>
    /// <param name="http">Where it answers HTTP health checks.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <exception cref="CommandException">An address is of a form that is not accepted (configuration) or cannot be listened on (system).</exception>
    public static async Task<InferenceServer> StartAsync(ModelRepository repository, Uri grpc, Uri http, CancellationToken cancellationToken)
    {
        IPEndPoint[] endpoints = [EndPoint("--grpc", grpc), EndPoint("--http", http)];
        WebApplication application = Build(repository, builder =>
        {
            ConfigureLogging(builder.Logging);
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            {
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
                kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
                kestrel.AddServerHeader = false;
                kestrel.Listen(endpoints[0], listen => listen.Protocols = HttpProtocols.Http2);
                kestrel.Listen(endpoints[1], listen => listen.Protocols = HttpProtocols.Http1);
            });
        });
        // Inferences hold their thread: without as many threads on top, reading and writing messages would wait for them.
        int threads = Environment.ProcessorCount + application.Services.GetRequiredService<RunSlots>().Count;
        ThreadPool.GetMinThreads(out int workers, out int completions);
        ThreadPool.SetMinThreads(Math.Max(workers, threads), completions);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            await application.DisposeAsync();
            throw new CommandException(ExitCode.System, $"{grpc} or {http} is in use by another program; port 0 takes any free one. ({exception.Message})", exception);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            await application.DisposeAsync();
            throw new CommandException(ExitCode.System, $"Cannot listen on {grpc} and {http}: {exception.Message}", exception);
        }

        return new InferenceServer(application);
    }

    /// <summary>Refuses new calls, lets those under way finish, and stops.</summary>
    public Task StopAsync() => _application.StopAsync(CancellationToken.None);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    /// <summary>One line per event on standard error; of the framework only what is wrong.</summary>
    public static void ConfigureLogging(ILoggingBuilder logging)
    {
        logging.AddConsole(options =>
        {
            options.FormatterName = LogLine.FormatterName;
            options.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logging.AddConsoleFormatter<LogLine, ConsoleFormatterOptions>();
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("GradientDynamics", LogLevel.Information);
    }

    private static IPEndPoint EndPoint(string option, Uri address)
    {
        if (!address.IsAbsoluteUri || address.Scheme != Uri.UriSchemeHttp || address.PathAndQuery != "/")
        {
            throw new CommandException(ExitCode.Configuration, $"{option} {address.OriginalString}: {AcceptedAddress}.");
        }

        return address.Host == "localhost"
            ? new IPEndPoint(IPAddress.Loopback, address.Port)
            : IPAddress.TryParse(address.DnsSafeHost, out IPAddress? ip)
                ? new IPEndPoint(ip, address.Port)
                : throw new CommandException(ExitCode.Configuration, $"{option} {address.OriginalString}: '{address.Host}' is no IP address; {AcceptedAddress}.");
    }

    private static void ReportHealth(WebApplication application, ModelRepository repository)
    {
        HealthServiceImpl health = application.Services.GetRequiredService<HealthServiceImpl>();
        string[] services = ["", GRPCInferenceService.Descriptor.FullName, .. repository.Models.Where(model => model.Version.Length > 0).Select(model => model.Name).Distinct()];
        foreach (string service in services)
        {
            bool serving = service == services[0] || service == services[1] || repository.Find(service, "") is { IsReady: true };
            health.SetStatus(service, serving ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing);
        }

        application.Lifetime.ApplicationStopping.Register(() =>
        {
            foreach (string service in services)
            {
                health.SetStatus(service, HealthCheckResponse.Types.ServingStatus.NotServing);
            }
        });
    }
}
