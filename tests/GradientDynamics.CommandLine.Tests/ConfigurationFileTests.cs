using System.Text.Json.Serialization;

namespace GradientDynamics.CommandLine.Tests;

public sealed class ConfigurationFileTests
{
    [Fact]
    public void Parse_WithEveryKey_ReadsTheRecord()
    {
        Run run = Parse("""
            {
              // The discriminator may stand last.
              "objective": { "coefficient": 0.25, "reduction": "sum-per-example", "kind": "decoupled" },
              "name": "a", "steps": 7, "verbose": true, "note": null, "gain": 1.5,
              "layers": [ { "width": 3 }, { "width": 4 } ], "shares": { "land": 0.75 }, "at": { "row": 1, "column": 2 }, "seed": 9007199254740993
            }
            """);

        run.Name.ShouldBe("a");
        run.Steps.ShouldBe(7);
        run.Objective.ShouldBe(new Decoupled { Coefficient = 0.25, Reduction = Reduction.SumPerExample });
        run.Layers.Select(layer => layer.Width).ShouldBe([3, 4]);
        run.Shares["land"].ShouldBe(0.75);
        run.At.ShouldBe(new Place(1, 2));
        run.Seed.ShouldBe(9007199254740993);
        run.Note.ShouldBeNull();
        run.Gain.ShouldBe(1.5);
    }

    [Fact]
    public void Parse_WithRequiredKeysOnly_FillsInTheDefaults()
    {
        Run run = Parse("""{ "name": "a", "objective": { "kind": "decoupled" } }""");

        run.Steps.ShouldBe(10);
        run.Objective.ShouldBe(new Decoupled());
        run.Layers.ShouldBeEmpty();
    }

    public static TheoryData<string, string> WrongDocuments => new()
    {
        { """{ "nmae": "a", "objective": { "kind": "plain" } }""", "R.json: unknown key 'nmae'; did you mean 'name'? accepted: 'name', 'objective', 'steps', 'layers', 'shares', 'at', 'seed', 'note', 'gain', 'verbose'." },
        { """{ "name": "a", "objective": { "kind": "decoupled", "Coefficient": 1 } }""", "R.json: unknown key 'objective.Coefficient'; did you mean 'coefficient'? accepted: 'kind', 'coefficient', 'reduction'." },
        { """{ "name": "a", "objective": { "kind": "plain", "coefficient": 1 } }""", "R.json: unknown key 'objective.coefficient'; accepted: 'kind'." },
        { """{ "objective": { "kind": "plain" } }""", "R.json: required key 'name' is missing; accepted is a string." },
        { """{ "name": "a" }""", "R.json: required key 'objective' is missing; accepted is an object." },
        { """{ "name": "a", "objective": { } }""", "R.json: required key 'objective.kind' is missing; accepted: 'plain', 'decoupled', 'mixed'." },
        { """{ "name": "a", "objective": { "kind": "decuopled" } }""", """R.json: key 'objective.kind' is "decuopled"; did you mean 'decoupled'? accepted: 'plain', 'decoupled', 'mixed'.""" },
        { """{ "name": "a", "objective": { "kind": 3 } }""", "R.json: key 'objective.kind' is 3; accepted: 'plain', 'decoupled', 'mixed'." },
        { """{ "name": "a", "objective": { "kind": "decoupled", "kind": "plain" } }""", "R.json: key 'objective.kind' stands twice; accepted is each key once." },
        { """{ "name": "a", "name": "b", "objective": { "kind": "plain" } }""", "R.json: key 'name' stands twice; accepted is each key once." },
        { """{ "name": "a", "objective": { "kind": "decoupled", "coefficient": -1 } }""", "R.json: key 'objective.coefficient' is -1: must be a non-negative value." },
        { """{ "name": "a", "objective": { "kind": "decoupled", "coefficient": "0.1" } }""", """R.json: key 'objective.coefficient' is "0.1"; accepted is a number.""" },
        { """{ "name": "a", "objective": { "kind": "decoupled", "coefficient": 1e999 } }""", "R.json: key 'objective.coefficient' is 1e999, too large for a number of type double; accepted is a number." },
        { """{ "name": "a", "objective": { "kind": "decoupled", "coefficient": "NaN" } }""", """R.json: key 'objective.coefficient' is "NaN"; accepted is a number.""" },
        { """{ "name": "a", "objective": { "kind": "decoupled", "reduction": "Mean" } }""", """R.json: key 'objective.reduction' is "Mean"; did you mean 'mean'? accepted: 'mean', 'sum-per-example'.""" },
        { """{ "name": "a", "objective": { "kind": "decoupled", "reduction": "mean, mean" } }""", """R.json: key 'objective.reduction' is "mean, mean"; accepted: 'mean', 'sum-per-example'.""" },
        { """{ "name": "a", "objective": { "kind": "decoupled", "reduction": 1 } }""", "R.json: key 'objective.reduction' is 1; accepted: 'mean', 'sum-per-example'." },
        { """{ "name": "a", "objective": { "kind": "mixed", "parts": [ { "kind": "plain" }, { "kind": "mixed", "parts": [ { "coefficient": -2, "kind": "decoupled" } ] } ] } }""", "R.json: key 'objective.parts[1].parts[0].coefficient' is -2: must be a non-negative value." },
        { """{ "name": "a", "objective": { "kind": "mixed", "parts": [ null ] } }""", "R.json: key 'objective.parts[0]' is null; accepted is an object." },
        { """{ "name": null, "objective": { "kind": "plain" } }""", "R.json: key 'name' is null; accepted is a string." },
        { """{ "name": 5, "objective": { "kind": "plain" } }""", "R.json: key 'name' is 5; accepted is a string." },
        { """{ "name": "a", "objective": { "kind": "plain" }, "steps": 1.5 }""", "R.json: key 'steps' is 1.5; accepted is a whole number from -2147483648 to 2147483647." },
        { """{ "name": "a", "objective": { "kind": "plain" }, "steps": 3000000000 }""", "R.json: key 'steps' is 3000000000; accepted is a whole number from -2147483648 to 2147483647." },
        { """{ "name": "a", "objective": { "kind": "plain" }, "steps": null }""", "R.json: key 'steps' is null; accepted is a whole number from -2147483648 to 2147483647." },
        { """{ "name": "a", "objective": { "kind": "plain" }, "verbose": 0 }""", "R.json: key 'verbose' is 0; accepted is true or false." },
        { """{ "name": "a", "objective": { "kind": "plain" }, "layers": { "width": 1 } }""", "R.json: key 'layers' is an object; accepted is a list." },
        { """{ "name": "a", "objective": { "kind": "plain" }, "layers": [ { "width": 1 }, { "width": 0 } ] }""", "R.json: key 'layers[1].width' is 0: must be a non-negative and non-zero value." },
        { """{ "name": "a", "objective": { "kind": "plain" }, "layers": [ { } ] }""", "R.json: required key 'layers[0].width' is missing; accepted is a whole number from -2147483648 to 2147483647." },
        { """{ "name": "a", "objective": { "kind": "plain" }, "shares": { "land": "much" } }""", """R.json: key 'shares.land' is "much"; accepted is a number.""" },
        { """{ "name": "a", "objective": { "kind": "plain" }, "at": { "row": 1 } }""", "R.json: required key 'at.column' is missing; accepted is a whole number from -2147483648 to 2147483647." },
        { """{ "name": "a", "objective": { "kind": "plain" }, "at": { "row": 5, "column": 2 } }""", "R.json: key 'at' is refused: row 5 is right of column 2." },
        { "[]", "R.json: the document is a list; accepted is an object." },
        { "null", "R.json: the document is null; accepted is an object." },
    };

    [Theory]
    [MemberData(nameof(WrongDocuments))]
    public void Parse_OfAWrongDocument_NamesFileKeyAndWhatIsAccepted(string json, string message)
    {
        CommandException exception = Should.Throw<CommandException>(() => Parse(json));

        exception.ExitCode.ShouldBe(ExitCode.Configuration);
        exception.Message.ShouldBe(message);
    }

    [Theory]
    [InlineData("", "R.json: is not valid JSON at line 1, column 1: ")]
    [InlineData("{ \"name\": \"a\",\n }", "R.json: is not valid JSON at line 2, column 2: ")]
    [InlineData("{ \"name\": ", "R.json: is not valid JSON at line 1, column 11: ")]
    [InlineData("{} {}", "R.json: is not valid JSON at line 1, column 4: ")]
    public void Parse_OfWhatIsNoJson_NamesThePlace(string json, string beginning)
    {
        CommandException exception = Should.Throw<CommandException>(() => Parse(json));

        exception.ExitCode.ShouldBe(ExitCode.Configuration);
        exception.Message.ShouldStartWith(beginning);
        exception.Message.ShouldNotContain('\n');
    }

    [Fact]
    public void Parse_WithOverrides_SetsNestedKeysAndCreatesWhatIsMissing()
    {
        Run run = Parse(Minimal, "name=tanh", "objective.kind=decoupled", "objective.coefficient=2e-5", "layers[0].width=8", "layers[1]={\"width\":9}", "shares.land=0.5", "note=\"5\"", "steps=3", "steps=4");

        run.Name.ShouldBe("tanh");
        run.Objective.ShouldBe(new Decoupled { Coefficient = 2e-5 });
        run.Layers.Select(layer => layer.Width).ShouldBe([8, 9]);
        run.Shares["land"].ShouldBe(0.5);
        run.Note.ShouldBe("5");
        run.Steps.ShouldBe(4);
    }

    [Theory]
    [InlineData("stpes=3", "--set stpes=3: unknown key 'stpes'; did you mean 'steps'? accepted: 'name', 'objective', 'steps', 'layers', 'shares', 'at', 'seed', 'note', 'gain', 'verbose'.")]
    [InlineData("objective.coefficient=1", "--set objective.coefficient=1: unknown key 'objective.coefficient'; accepted: 'kind'.")]
    [InlineData("steps=many", """--set steps=many: key 'steps' is "many"; accepted is a whole number from -2147483648 to 2147483647.""")]
    [InlineData("name=5", """--set name=5: key 'name' is 5; accepted is a string, which --set takes in quotes: '"…"'.""")]
    [InlineData("objective={\"kind\":\"decoupled\",\"coefficient\":-1}", """--set objective={"kind":"decoupled","coefficient":-1}: key 'objective.coefficient' is -1: must be a non-negative value.""")]
    [InlineData("objective={}", "--set objective={}: required key 'objective.kind' is missing; accepted: 'plain', 'decoupled', 'mixed'.")]
    [InlineData("layers[1].width=3", "--set layers[1].width=3: 'layers' has 0 entries; accepted positions are 0 to 0 (0 appends).")]
    [InlineData("name.first=3", "--set name.first=3: 'name' is not an object, so it has no key 'first'.")]
    [InlineData("objective[0]=3", "--set objective[0]=3: 'objective' is not a list, so it has no position '0'.")]
    public void Parse_OfAWrongOverride_NamesTheOverride(string change, string message)
    {
        CommandException exception = Should.Throw<CommandException>(() => Parse(Minimal, change));

        exception.ExitCode.ShouldBe(ExitCode.Configuration);
        exception.Message.ShouldBe(message);
    }

    [Theory]
    [InlineData("steps")]
    [InlineData("=3")]
    [InlineData("a..b=3")]
    [InlineData("a[x]=3")]
    [InlineData("a[0=3")]
    [InlineData("a[0]b=3")]
    [InlineData("layers[-1]=3")]
    public void Parse_OfAMalformedOverride_SaysHowOneLooks(string change)
    {
        CommandException exception = Should.Throw<CommandException>(() => Parse(Minimal, change));

        exception.ExitCode.ShouldBe(ExitCode.Configuration);
        exception.Message.ShouldBe($"--set {change}: is no override; accepted is path=value, for example objective.coefficient=0.1 or layers[0].width=64.");
    }

    [Fact]
    public void Parse_OfAnOverrideWithBrokenJson_SaysSo()
    {
        CommandException exception = Should.Throw<CommandException>(() => Parse(Minimal, "layers=[1,"));

        exception.Message.ShouldStartWith("--set layers=[1,: the value is not valid JSON: ");
    }

    [Fact]
    public void Parse_WithAnOverride_StillBlamesTheFileForItsOwnKeys()
    {
        CommandException exception = Should.Throw<CommandException>(() => Parse("""{ "name": "a", "objective": { "kind": "plain" }, "stpes": 1 }""", "steps=3"));

        exception.Message.ShouldStartWith("R.json: unknown key 'stpes'");
    }

    [Fact]
    public void Write_FillsInTheDefaultsAndRoundTrips()
    {
        Run run = Parse("""{ "objective": { "parts": [ { "kind": "decoupled" } ], "kind": "mixed" }, "name": "ünï+<a>", "at": { "row": 0, "column": 1 } }""");

        string written = ConfigurationFile.Write(run);

        written.ShouldBe("""
            {
              "name": "ünï+<a>",
              "objective": {
                "kind": "mixed",
                "parts": [
                  {
                    "kind": "decoupled",
                    "coefficient": 0.1,
                    "reduction": "mean"
                  }
                ]
              },
              "steps": 10,
              "layers": [],
              "shares": {},
              "at": {
                "row": 0,
                "column": 1
              },
              "seed": 0,
              "note": null,
              "gain": null,
              "verbose": false
            }

            """);
        ConfigurationFile.Write(Parse(written)).ShouldBe(written);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(2e-5)]
    [InlineData(1.0 / 3.0)]
    [InlineData(double.Epsilon)]
    [InlineData(double.MaxValue)]
    public void Write_KeepsEveryBitOfANumber(double coefficient)
    {
        string written = ConfigurationFile.Write<Objective>(new Decoupled { Coefficient = coefficient });

        ConfigurationFile.Parse<Objective>(written, "R.json", []).ShouldBe(new Decoupled { Coefficient = coefficient });
    }

    [Fact]
    public void Read_OfAMissingFile_NamesIt()
    {
        using TemporaryFolder folder = new();

        CommandException exception = Should.Throw<CommandException>(() => ConfigurationFile.Read<Run>(folder["none.json"], []));

        exception.ExitCode.ShouldBe(ExitCode.Configuration);
        exception.Message.ShouldBe($"{folder["none.json"]}: no such configuration file.");
    }

    [Fact]
    public void Read_OfADirectoryOrForeignBytes_NamesThem()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["model.onnx"], [0x08, 0xff, 0xfe, 0x00]);

        Should.Throw<CommandException>(() => ConfigurationFile.Read<Run>(folder.Path, [])).Message.ShouldBe($"{folder.Path}: is a directory; accepted is a JSON file.");
        Should.Throw<CommandException>(() => ConfigurationFile.Read<Run>(folder["model.onnx"], [])).Message.ShouldBe($"{folder["model.onnx"]}: is not UTF-8 text; accepted is a JSON file.");
    }

    [Fact]
    public void Read_OfAFile_ReadsIt()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["run.json"], Minimal);

        ConfigurationFile.Read<Run>(folder["run.json"], ["steps=2"]).Steps.ShouldBe(2);
    }

    private const string Minimal = """{ "name": "a", "objective": { "kind": "plain" } }""";

    private static Run Parse(string json, params string[] overrides) => ConfigurationFile.Parse<Run>(json, "R.json", overrides);

    public enum Reduction
    {
        Mean,
        SumPerExample,
    }

    [JsonPolymorphic(TypeDiscriminatorPropertyName = ConfigurationFile.Discriminator)]
    [JsonDerivedType(typeof(Plain), "plain")]
    [JsonDerivedType(typeof(Decoupled), "decoupled")]
    [JsonDerivedType(typeof(Mixed), "mixed")]
    public abstract record Objective;

    public sealed record Plain : Objective;

    public sealed record Decoupled : Objective
    {
        public double Coefficient { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value); field = value; } } = 0.1;

        public Reduction Reduction { get; init; }

        public double Doubled => 2 * Coefficient;
    }

    public sealed record Mixed : Objective
    {
        public required IReadOnlyList<Objective> Parts { get; init; }
    }

    public sealed record Layer
    {
        public required int Width { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } }
    }

    public sealed record Place
    {
        public Place(int row, int column)
        {
            if (row > column)
            {
                throw new ArgumentException($"row {row} is right of column {column}");
            }

            (Row, Column) = (row, column);
        }

        public int Row { get; init; }

        public int Column { get; init; }
    }

    public sealed record Run
    {
        public required string Name { get; init; }

        public required Objective Objective { get; init; }

        public int Steps { get; init; } = 10;

        public IReadOnlyList<Layer> Layers { get; init; } = [];

        public IReadOnlyDictionary<string, double> Shares { get; init; } = new Dictionary<string, double>();

        public Place? At { get; init; }

        public long Seed { get; init; }

        public string? Note { get; init; }

        public double? Gain { get; init; }

        public bool Verbose { get; init; }
    }
}
