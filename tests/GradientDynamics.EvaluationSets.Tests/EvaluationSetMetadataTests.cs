namespace GradientDynamics.EvaluationSets.Tests;

public sealed class EvaluationSetMetadataTests
{
    [Fact]
    public void Group_IsLabelTimesAttributesPlusAttribute()
    {
        EvaluationSetMetadata metadata = Sets.Metadata;

        metadata.GroupCount.ShouldBe(6);
        metadata.Group(0, 2).ShouldBe(2);
        metadata.Group(1, 0).ShouldBe(3);
        metadata.Group(1, 2).ShouldBe(5);
        metadata.GroupName(4).ShouldBe("land bird, land");
    }

    [Fact]
    public void Group_WithoutAttribute_IsTheLabel()
    {
        EvaluationSetMetadata metadata = Sets.Metadata with { AttributeNames = [] };

        metadata.GroupCount.ShouldBe(2);
        metadata.Group(1, null).ShouldBe(1);
        metadata.GroupName(1).ShouldBe("land bird");
        Should.Throw<ArgumentException>(() => metadata.Group(1, 0));
    }

    [Fact]
    public void Group_OutOfRange_Throws()
    {
        EvaluationSetMetadata metadata = Sets.Metadata;

        Should.Throw<ArgumentOutOfRangeException>(() => metadata.Group(2, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => metadata.Group(-1, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => metadata.Group(0, 3));
        Should.Throw<ArgumentNullException>(() => metadata.Group(0, null));
        Should.Throw<ArgumentOutOfRangeException>(() => metadata.GroupName(6));
    }

    [Fact]
    public void Defaults_AreThoseDocumented()
    {
        EvaluationSetMetadata metadata = new() { Inputs = [], ClassNames = [] };
        EvaluationInput input = new() { Datatype = Datatype.FP32, Shape = [] };

        metadata.SchemaVersion.ShouldBe(1);
        metadata.AttributeNames.ShouldBeEmpty();
        metadata.TrainingGroupShares.ShouldBeEmpty();
        metadata.Dataset.ShouldBe("");
        metadata.Split.ShouldBe("");
        input.Name.ShouldBe("input");
        input.Bounds.ShouldBeNull();
        input.ElementCount.ShouldBe(1);
    }

    [Fact]
    public async Task Bounds_PerChannel_AreCheckedPerChannel()
    {
        using TemporaryFolder folder = new();
        EvaluationSetMetadata metadata = Sets.Metadata with
        {
            Inputs = [new EvaluationInput { Datatype = Datatype.FP32, Shape = [2, 2], Bounds = new InputBounds { Lower = [-1, 0], Upper = [0, 1] } }],
        };
        EvaluationExample inside = Sets.Example(0) with { Inputs = [TensorBytes.FromFloats([-1, 0, 0, 1])] };
        EvaluationExample outside = Sets.Example(0) with { Inputs = [TensorBytes.FromFloats([-1, 0, -0.5f, 1])] };

        await EvaluationSetWriter.WriteAsync(folder["inside.parquet"], metadata, [inside], TestContext.Current.CancellationToken);
        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() =>
            EvaluationSetWriter.WriteAsync(folder["outside.parquet"], metadata, [outside], TestContext.Current.CancellationToken));

        exception.Message.ShouldEndWith("column 'input' holds -0.5 at element 2; accepted is [0, 1].");
        folder.Entries.ShouldBe(["inside.parquet"]);
    }

    // 0.1f is above 0.1 and 0.3f is above 0.3: an input at the bound, in its own precision, is inside.
    [Fact]
    public async Task Bounds_AreComparedInTheInputsPrecision()
    {
        using TemporaryFolder folder = new();
        EvaluationSetMetadata metadata = Sets.Metadata with { Inputs = [new EvaluationInput { Datatype = Datatype.FP32, Shape = [1], Bounds = InputBounds.Of(-0.1, 0.3) }] };
        EvaluationExample atTheBound = Sets.Example(0) with { Inputs = [TensorBytes.FromFloats([0.3f])] };

        int written = await EvaluationSetWriter.WriteAsync(folder["set.parquet"], metadata, [atTheBound], TestContext.Current.CancellationToken);

        ((double)0.3f).ShouldBeGreaterThan(0.3);
        written.ShouldBe(1);
    }
}
