using GradientDynamics.CommandLine;

namespace GradientDynamics.Attack.Targets;

/// <summary>Where a target is: a model of a server, or an ONNX file that stands for itself.</summary>
/// <param name="Label">What tables and figures call it.</param>
/// <param name="Server">The server; none for a file.</param>
/// <param name="Model">The model's name, or the file's path.</param>
/// <param name="Version">The version; none for the one that the server chooses.</param>
internal sealed record TargetAddress(string Label, Uri? Server, string Model, string? Version)
{
    private const string FileExtension = ".onnx";
    private const string Accepted = "LABEL=http://HOST:PORT/NAME[:VERSION] or LABEL=FILE.onnx";

    /// <summary>A target as <c>--target</c> gives it.</summary>
    /// <exception cref="CommandException">The text is of another form.</exception>
    public static TargetAddress Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string label = equals < 0 ? "" : text[..equals];
        string address = text[(equals + 1)..];
        if (label.Length == 0 || address.Length == 0)
        {
            throw Wrong(text);
        }

        if (Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
        {
            string model = Uri.UnescapeDataString(uri!.AbsolutePath.TrimStart('/'));
            return model.Length == 0 || model.Contains('/', StringComparison.Ordinal) ? throw Wrong(text) : Of(label, uri.GetLeftPart(UriPartial.Authority), model);
        }

        return address.EndsWith(FileExtension, StringComparison.OrdinalIgnoreCase) ? new TargetAddress(label, null, address, null) : throw Wrong(text);
    }

    /// <summary>A model of a server, NAME or NAME:VERSION.</summary>
    /// <exception cref="CommandException">The name or version is empty, or the address is none of a server.</exception>
    public static TargetAddress Of(string? label, string server, string model)
    {
        int colon = model.LastIndexOf(':');
        (string name, string? version) = colon < 0 ? (model, null) : (model[..colon], model[(colon + 1)..]);
        if (name.Length == 0 || version is "")
        {
            throw new CommandException(ExitCode.Configuration, $"--model '{model}' is wrong; accepted is NAME or NAME:VERSION.");
        }

        if (!Uri.TryCreate(server, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new CommandException(ExitCode.Configuration, $"--server '{server}' is wrong; accepted is http://HOST:PORT or https://HOST:PORT.");
        }

        return new TargetAddress(label ?? name, address, name, version);
    }

    /// <summary>A file that stands for itself.</summary>
    public static TargetAddress OfFile(string path) => new(Path.GetFileName(path), null, path, null);

    private static CommandException Wrong(string text) => new(ExitCode.Configuration, $"--target '{text}' is wrong; accepted is {Accepted}.");
}
