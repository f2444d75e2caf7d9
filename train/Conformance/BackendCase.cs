using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Conformance;

/// <summary>One case in the layout of ONNX's backend tests: <c>model.onnx</c>, and folders <c>test_data_set_K</c> of <c>input_I.pb</c> and <c>output_I.pb</c>, each a TensorProto.</summary>
/// <param name="Name">The case's folder, below the folder that was searched.</param>
/// <param name="Folder">Its path.</param>
/// <param name="DataSets">Paths of its data sets, in order.</param>
internal sealed record BackendCase(string Name, string Folder, IReadOnlyList<string> DataSets)
{
    private const string ModelFileName = "model.onnx";
    private const string DataSetPrefix = "test_data_set_";

    /// <summary>Path of the model.</summary>
    public string ModelFile => Path.Combine(Folder, ModelFileName);

    /// <summary>Every case below a folder, which may be one itself, in the order of their names: a folder that holds a model, or data sets. One that holds only one of the two is a broken case.</summary>
    /// <exception cref="CommandException">There is no such folder, or no case in it.</exception>
    public static IReadOnlyList<BackendCase> FindAll(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        const string Accepted = "accepted is a folder of cases, each CASE/model.onnx and CASE/test_data_set_0/{input,output}_0.pb, as ONNX's backend tests are laid out";
        if (!Directory.Exists(folder))
        {
            throw new CommandException(ExitCode.File, $"{folder}: {(File.Exists(folder) ? "this is a file" : "there is no such folder")}; {Accepted}.");
        }

        string root = Path.GetFullPath(folder);
        BackendCase[] cases =
        [
            .. Directory.EnumerateFiles(root, ModelFileName, SearchOption.AllDirectories)
                .Concat(Directory.EnumerateDirectories(root, DataSetPrefix + "*", SearchOption.AllDirectories))
                .Select(part => Path.GetDirectoryName(part)!)
                .Distinct(StringComparer.Ordinal)
                .Select(path => new BackendCase(NameOf(root, path), path, FindDataSets(path)))
                .OrderBy(found => found.Name, StringComparer.Ordinal),
        ];
        return cases.Length > 0 ? cases : throw new CommandException(ExitCode.File, $"{folder}: there is no case in it; {Accepted}.");
    }

    /// <summary>What the case lacks of its layout; null where nothing.</summary>
    public string? Missing =>
        !File.Exists(ModelFile) ? $"it has no {ModelFileName}"
        : DataSets.Count == 0 ? $"it has no {DataSetPrefix}0"
        : null;

    /// <summary>The tensors of a data set, in order; their own names stand in the files but need not.</summary>
    /// <param name="dataSet">Path of the data set.</param>
    /// <param name="kind"><c>input</c> or <c>output</c>.</param>
    /// <exception cref="InvalidModelException">A file holds no tensor, or one is missing before others; the message names it.</exception>
    public static IReadOnlyList<(string File, ConstantTensor Tensor)> ReadTensors(string dataSet, string kind)
    {
        List<(string, ConstantTensor)> tensors = [];
        for (int i = 0; Path.Combine(dataSet, $"{kind}_{i}.pb") is var file && File.Exists(file); i++)
        {
            try
            {
                tensors.Add((Path.GetFileName(file), OnnxModelFile.ParseTensor(File.ReadAllBytes(file)).Value));
            }
            catch (InvalidModelException error)
            {
                throw new InvalidModelException($"{Path.GetFileName(dataSet)}/{Path.GetFileName(file)}: {error.Message}", error);
            }
        }

        return Directory.EnumerateFiles(dataSet, $"{kind}_*.pb").Count() == tensors.Count
            ? tensors
            : throw new InvalidModelException($"{Path.GetFileName(dataSet)} has no {kind}_{tensors.Count}.pb, and others after it");
    }

    private static string NameOf(string root, string path)
    {
        string relative = Path.GetRelativePath(root, path);
        return relative == "." ? Path.GetFileName(root.TrimEnd(Path.DirectorySeparatorChar)) : relative.Replace(Path.DirectorySeparatorChar, '/');
    }

    private static string[] FindDataSets(string folder) =>
    [
        .. Directory.EnumerateDirectories(folder, DataSetPrefix + "*")
            .OrderBy(path => int.TryParse(Path.GetFileName(path)[DataSetPrefix.Length..], out int number) ? number : int.MaxValue)
            .ThenBy(path => path, StringComparer.Ordinal),
    ];
}
