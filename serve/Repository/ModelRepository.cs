using System.Globalization;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Serve.Inference;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace GradientDynamics.Serve.Repository;

/// <summary>
/// The models of a folder, loaded: <c>NAME/VERSION/model.onnx</c>, where a version is a whole number from 1 on. A model that cannot be loaded is listed with its reason and does not keep the others
/// from being served.
/// </summary>
internal sealed partial class ModelRepository : IDisposable
{
    /// <summary>The file that a version consists of.</summary>
    public const string ModelFileName = "model.onnx";

    private readonly ServedModel[] _models;

    private ModelRepository(IEnumerable<ServedModel> models) =>
        _models = [.. models.OrderBy(model => model.Name, StringComparer.Ordinal).ThenBy(model => VersionNumber(model.Version))];

    /// <summary>Every version of every model, by name and version.</summary>
    public IReadOnlyList<ServedModel> Models => _models;

    /// <summary>Loads the models of a folder.</summary>
    /// <param name="folder">The repository.</param>
    /// <param name="gradients">Whether each model also gets its gradient companion.</param>
    /// <param name="log">Gets one line per model.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static ModelRepository Load(string folder, bool gradients, ILogger log)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{folder}: there is no such folder; a model repository holds NAME/VERSION/{ModelFileName}.");
        }

        // Names that begin with a dot are what a publisher has not finished yet, or what an editor or version control keeps.
        string[] folders = [.. Directory.GetDirectories(folder).Where(path => Path.GetFileName(path)[0] != '.')];
        HashSet<string> names = [.. folders.Select(path => Path.GetFileName(path))];
        ServedModel[] models = [.. folders.SelectMany(path => Find(path, gradients && WantsCompanion(Path.GetFileName(path), names), log)).AsParallel().AsOrdered().SelectMany(load => load())];
        foreach (ServedModel model in models)
        {
            if (model.IsReady)
            {
                LogLoaded(log, model.Name, model.Version);
            }
            else
            {
                LogUnavailable(log, model.Name, model.Version, model.Reason);
            }
        }

        return new ModelRepository(models);
    }

    /// <summary>A repository of models that are loaded already.</summary>
    public static ModelRepository Of(params ServedModel[] models) => new(models);

    /// <summary>The versions of a model, lowest first; none where there is no such model.</summary>
    public IReadOnlyList<ServedModel> Versions(string name) => [.. _models.Where(model => model.Name == name)];

    /// <summary>The version that is asked for, or the highest that is ready where none is; null where there is none such.</summary>
    public ServedModel? Find(string name, string version)
    {
        IReadOnlyList<ServedModel> versions = Versions(name);
        return version.Length > 0
            ? versions.FirstOrDefault(model => model.Version == version)
            : versions.LastOrDefault(model => model.IsReady) ?? (versions.Count > 0 ? versions[^1] : null);
    }

    /// <summary>The version that is asked for, ready to run.</summary>
    /// <exception cref="RpcException">There is no such model or version (<see cref="StatusCode.NotFound"/>), or it is not ready (<see cref="StatusCode.Unavailable"/>).</exception>
    public ServedModel Get(string name, string version)
    {
        if (Find(name, version) is not { } model)
        {
            IReadOnlyList<ServedModel> versions = Versions(name);
            throw Refusal.NotFound(versions.Count == 0
                ? $"there is no model '{name}'; there are {string.Join(", ", _models.Select(model => $"'{model.Name}'").Distinct())}"
                : $"model '{name}' has no version '{version}'; it has {string.Join(", ", versions.Select(model => model.Version))}");
        }

        return model.IsReady
            ? model
            : throw Refusal.Unavailable($"model '{model.Name}' version {model.Version} is not ready: {model.Reason}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ServedModel model in _models)
        {
            model.Dispose();
        }
    }

    /// <summary>A companion that somebody put into the repository is served as it is, and has no companion itself.</summary>
    private static bool WantsCompanion(string model, HashSet<string> models) =>
        !models.Contains(model + GradientCompanion.Suffix)
        && !(model.EndsWith(GradientCompanion.Suffix, StringComparison.Ordinal) && models.Contains(model[..^GradientCompanion.Suffix.Length]));

    private static IEnumerable<Func<IEnumerable<ServedModel>>> Find(string folder, bool withCompanion, ILogger log)
    {
        string name = Path.GetFileName(folder);
        ModelConfiguration configuration;
        try
        {
            configuration = ModelConfiguration.Read(folder, name);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return [() => [ServedModel.Unavailable(name, "", exception.Message)]];
        }

        if (configuration.KeysWithoutEffect.Count > 0)
        {
            LogKeysWithoutEffect(log, name, ModelConfiguration.FileName, string.Join(", ", configuration.KeysWithoutEffect));
        }

        string[] versions = [.. Directory.GetDirectories(folder).Where(path => VersionNumber(Path.GetFileName(path)) > 0)];
        return versions.Length == 0
            ? [() => [ServedModel.Unavailable(name, "", $"{folder} has no version; a version is a folder with a whole number from 1 on as its name")]]
            : versions.Select(path => (Func<IEnumerable<ServedModel>>)(() => Load(name, path, configuration, withCompanion)));
    }

    private static IEnumerable<ServedModel> Load(string name, string folder, ModelConfiguration configuration, bool withCompanion)
    {
        string version = Path.GetFileName(folder);
        string path = Path.Combine(folder, ModelFileName);
        ServedModel model;
        try
        {
            model = ServedModel.Ready(name, version, OnnxSession.Load(path), configuration.MaxBatchSize);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [ServedModel.Unavailable(name, version, exception.Message)];
        }

        return withCompanion ? [model, GradientCompanion.Load(name, version, path, configuration)] : [model];
    }

    private static long VersionNumber(string folder) =>
        long.TryParse(folder, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && folder[0] != '0' ? number : 0;

    [LoggerMessage(Level = LogLevel.Information, Message = "model '{Name}' version {Version} is ready")]
    private static partial void LogLoaded(ILogger log, string name, string version);

    [LoggerMessage(Level = LogLevel.Error, Message = "model '{Name}' version {Version} is unavailable: {Reason}")]
    private static partial void LogUnavailable(ILogger log, string name, string version, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "model '{Name}': these keys of {File} have no effect: {Keys}")]
    private static partial void LogKeysWithoutEffect(ILogger log, string name, string file, string keys);
}
