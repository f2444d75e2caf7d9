namespace GradientDynamics.Analysis.Figures;

/// <summary>How a series is drawn.</summary>
public enum SeriesStyle
{
    /// <summary>A line: theory.</summary>
    Solid,

    /// <summary>A dashed line: simulation.</summary>
    Dashed,

    /// <summary>A dotted line: a variant beside the main curve.</summary>
    Dotted,

    /// <summary>Markers.</summary>
    Points,

    /// <summary>Small markers, for many.</summary>
    Dots,
}

/// <summary>Colours of a field.</summary>
public enum FieldColors
{
    /// <summary>From dark to light.</summary>
    Sequential,

    /// <summary>From blue through white to red, for values on two sides of a middle.</summary>
    Diverging,
}

/// <summary>The corner of the axes where the legend stands.</summary>
public enum LegendCorner
{
    /// <summary>Upper right.</summary>
    UpperRight,

    /// <summary>Upper left.</summary>
    UpperLeft,

    /// <summary>No legend: another panel's holds here too.</summary>
    None,
}

/// <summary>Points of one curve, with an optional band.</summary>
public sealed record Series
{
    /// <summary>Text in the legend; empty leaves it out.</summary>
    public required string Label { get; init; }

    /// <summary>Abscissas.</summary>
    public required IReadOnlyList<double> X { get; init; }

    /// <summary>Ordinates, as many.</summary>
    public required IReadOnlyList<double> Y { get; init; }

    /// <summary>Lower end of the band at each abscissa, or null.</summary>
    public IReadOnlyList<double>? Lower { get; init; }

    /// <summary>Upper end of the band at each abscissa, or null.</summary>
    public IReadOnlyList<double>? Upper { get; init; }

    /// <summary>Index into the palette. Default 0.</summary>
    public int Color { get; init; }

    /// <summary>How it is drawn. Default solid.</summary>
    public SeriesStyle Style { get; init; }
}

/// <summary>A field of values behind a panel's curves.</summary>
public sealed record HeatMap
{
    /// <summary>What the values are.</summary>
    public required string Label { get; init; }

    /// <summary>Abscissas of the columns, equally spaced on the panel's axis (in decades on a logarithmic one).</summary>
    public required IReadOnlyList<double> X { get; init; }

    /// <summary>Ordinates of the rows, ascending, equally spaced on the panel's axis.</summary>
    public required IReadOnlyList<double> Y { get; init; }

    /// <summary>Values, one row for each ordinate.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Values { get; init; }

    /// <summary>Colours. Default sequential.</summary>
    public FieldColors Colors { get; init; }

    /// <summary>Values at the ends of the colours, or null for the smallest and largest.</summary>
    public (double Lower, double Upper)? Range { get; init; }
}

/// <summary>One pair of axes.</summary>
public sealed record Panel
{
    /// <summary>Title above the axes.</summary>
    public required string Title { get; init; }

    /// <summary>Label of the abscissa.</summary>
    public required string XLabel { get; init; }

    /// <summary>Label of the ordinate.</summary>
    public required string YLabel { get; init; }

    /// <summary>Whether the abscissa is logarithmic; its values are then positive. Default false.</summary>
    public bool XLogarithmic { get; init; }

    /// <summary>Whether the ordinate is logarithmic; its values are then positive. Default false.</summary>
    public bool YLogarithmic { get; init; }

    /// <summary>Limits of the abscissa, or null for those of the data.</summary>
    public (double Lower, double Upper)? XLimits { get; init; }

    /// <summary>Limits of the ordinate, or null for those of the data.</summary>
    public (double Lower, double Upper)? YLimits { get; init; }

    /// <summary>Where the legend stands. Default upper right.</summary>
    public LegendCorner Legend { get; init; }

    /// <summary>Curves, drawn in order.</summary>
    public required IReadOnlyList<Series> Series { get; init; }

    /// <summary>Field behind the curves, or null.</summary>
    public HeatMap? HeatMap { get; init; }

    /// <summary>Text at points.</summary>
    public IReadOnlyList<(double X, double Y, string Text)> Annotations { get; init; } = [];
}

/// <summary>A number that a figure establishes beside its picture.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Its value.</param>
public readonly record struct Finding(string Name, double Value);

/// <summary>A figure as data: what is drawn, what it shows, and with which parameters.</summary>
public sealed record Figure
{
    /// <summary>Name of the command and of the files.</summary>
    public required string Name { get; init; }

    /// <summary>Title.</summary>
    public required string Title { get; init; }

    /// <summary>What is to be seen, with the sources of its formulas.</summary>
    public required string Caption { get; init; }

    /// <summary>Axes, left to right.</summary>
    public required IReadOnlyList<Panel> Panels { get; init; }

    /// <summary>Parameters as JSON.</summary>
    public required string Parameters { get; init; }

    /// <summary>Differences between theory and simulation, and other numbers.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];
}
