using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Serve.Repository;
using Microsoft.Extensions.Logging;

namespace GradientDynamics.Serve.Commands;

/// <summary><c>gd-serve</c>: serves a model repository over the Open Inference Protocol until it is told to stop.</summary>
internal static class ServeCommand
{
    private static readonly Uri DefaultGrpc = new("http://127.0.0.1:8001");
    private static readonly Uri DefaultHttp = new("http://127.0.0.1:8000");

    /// <summary>The command line of gd-serve.</summary>
    public static RootCommand CreateRoot()
    {
        Option<DirectoryInfo> repository = new("--repository")
        {
            Description = $"The model repository: a folder of NAME/VERSION/{ModelRepository.ModelFileName}.",
            Required = true,
        };
        Option<Uri> grpc = new("--grpc")
        {
            Description = "Where to speak gRPC, such as http://0.0.0.0:8001; port 0 takes a free one.",
            DefaultValueFactory = _ => DefaultGrpc,
            CustomParser = ParseAddress,
        };
        Option<Uri> http = new("--http")
        {
            Description = "Where to answer HTTP health checks, /v2/health/live and /v2/health/ready.",
            DefaultValueFactory = _ => DefaultHttp,
            CustomParser = ParseAddress,
        };
        Option<bool> gradients = new("--gradients")
        {
            Description = "Serves NAME.gradient beside every model NAME: losses and input gradients. They make attacks easier.",
        };
        Option<bool> strict = new("--strict") { Description = "Does not start unless every model of the repository can be loaded." };

        RootCommand command = new("Serves ONNX models over the Open Inference Protocol (KServe V2).") 
        {
            repository, grpc, http, gradients, strict, InspectCommand.Create(), DeriveGradientCommand.Create(), NormalizeCommand.Create(),
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetRequiredValue(repository),
            result.GetRequiredValue(grpc),
            result.GetRequiredValue(http),
            result.GetValue(gradients),
            result.GetValue(strict),
            result.InvocationConfiguration.Output,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(DirectoryInfo folder, Uri grpc, Uri http, bool gradients, bool strict, TextWriter output, CancellationToken cancellationToken)
    {
        using ILoggerFactory logs = LoggerFactory.Create(InferenceServer.ConfigureLogging);
        using ModelRepository repository = ModelRepository.Load(folder.FullName, gradients, logs.CreateLogger<ModelRepository>());
        Check(repository, folder.FullName, strict);

        await using InferenceServer server = await InferenceServer.StartAsync(repository, grpc, http, cancellationToken);
        double seconds = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"gd-serve ready grpc={Text(server.Addresses[0])} http={Text(server.Addresses[1])} models={repository.Models.Count(model => model.IsReady)} seconds={seconds:0.00}"));
        output.Flush();

        var stopped = new TaskCompletionSource();
        await using (cancellationToken.Register(stopped.SetResult))
        {
            await stopped.Task;
        }

        await server.StopAsync();
        return (int)ExitCode.Done;
    }

    private static Uri? ParseAddress(ArgumentResult argument)
    {
        string text = argument.Tokens.Single().Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? address))
        {
            return address;
        }

        argument.AddError($"{(argument.Parent as OptionResult)?.IdentifierToken?.Value} {text}: {InferenceServer.AcceptedAddress}.");
        return null;
    }

    private static void Check(ModelRepository repository, string folder, bool strict)
    {
        ServedModel[] failed = [.. repository.Models.Where(model => !model.IsReady)];
        if (repository.Models.Count == 0)
        {
            throw new CommandException(ExitCode.File, $"{folder}: there is no model; a model repository holds NAME/VERSION/{ModelRepository.ModelFileName}.");
        }

        if (failed.Length == repository.Models.Count || (strict && failed.Length > 0))
        {
            string others = failed.Length > 1 ? $" ({failed.Length - 1} more are unavailable)" : "";
            throw new CommandException(ExitCode.File, $"Model '{failed[0].Name}' cannot be served: {failed[0].Reason}{others}");
        }
    }

    private static string Text(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
