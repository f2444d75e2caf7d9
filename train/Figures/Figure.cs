using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Figures;

/// <summary>A picture of runs as data: its panels, and the numbers that it shows.</summary>
/// <param name="Panels">Pairs of axes, in rows of <paramref name="Columns"/>.</param>
/// <param name="Columns">Panels of a row.</param>
/// <param name="Table">The numbers.</param>
internal sealed record Figure(IReadOnlyList<Panel> Panels, int Columns, ResultTable Table)
{
    /// <summary>Size of a panel in units of the SVG. Default 480 x 400.</summary>
    public (int Width, int Height) PanelSize { get; init; } = (480, 400);
}

/// <summary>One pair of axes.</summary>
internal sealed record Panel
{
    /// <summary>Title above the axes.</summary>
    public required string Title { get; init; }

    /// <summary>Label of the abscissa.</summary>
    public required string XLabel { get; init; }

    /// <summary>Label of the ordinate.</summary>
    public required string YLabel { get; init; }

    /// <summary>Whether the abscissa is logarithmic; its values are then positive.</summary>
    public bool XLogarithmic { get; init; }

    /// <summary>Whether the ordinate is logarithmic; its values are then positive.</summary>
    public bool YLogarithmic { get; init; }

    /// <summary>Limits of the abscissa; null are those of the data.</summary>
    public (double Lower, double Upper)? XLimits { get; init; }

    /// <summary>Limits of the ordinate; null are those of the data.</summary>
    public (double Lower, double Upper)? YLimits { get; init; }

    /// <summary>Whether the ordinate's least value is at the top, as for ranks.</summary>
    public bool YDescends { get; init; }

    /// <summary>Field behind the curves; null has none.</summary>
    public Field? Field { get; init; }

    /// <summary>Curves and points, drawn in order.</summary>
    public IReadOnlyList<Curve> Curves { get; init; } = [];

    /// <summary>Line segments, from (X0, Y0) to (X1, Y1).</summary>
    public IReadOnlyList<(double X0, double Y0, double X1, double Y1)> Segments { get; init; } = [];

    /// <summary>Groups of bars; null has none.</summary>
    public Bars? Bars { get; init; }

    /// <summary>Whether the legend is drawn where curves have labels.</summary>
    public bool HasLegend { get; init; } = true;

    /// <summary>Most names of a legend: more of them hide what they name. Default 10.</summary>
    public int LongestLegend { get; init; } = 10;

    /// <summary>Whether the legend stands at the lower right, and not at the upper.</summary>
    public bool HasLegendBelow { get; init; }
}

/// <summary>Points of one curve.</summary>
/// <param name="Label">Text in the legend; empty leaves it out.</param>
/// <param name="X">Abscissas.</param>
/// <param name="Y">Ordinates, as many.</param>
/// <param name="Color">Index into the palette.</param>
internal sealed record Curve(string Label, IReadOnlyList<double> X, IReadOnlyList<double> Y, int Color)
{
    /// <summary>Half the height of the band around each point; null has none.</summary>
    public IReadOnlyList<double>? Deviation { get; init; }

    /// <summary>Whether it is drawn as points and not as a line.</summary>
    public bool IsPoints { get; init; }

    /// <summary>Diameter of points.</summary>
    public float PointSize { get; init; } = 4;

    /// <summary>Whether a line has a point at each of its values, for few of them.</summary>
    public bool HasMarkers { get; init; }
}

/// <summary>A field of values.</summary>
/// <param name="Label">What the values are.</param>
/// <param name="X">Abscissas of the columns, equally spaced on the axis (in decades on a logarithmic one).</param>
/// <param name="Y">Ordinates of the rows, ascending, equally spaced on the axis.</param>
/// <param name="Values">Values, one row for each ordinate.</param>
/// <param name="Range">Values at the ends of the colours.</param>
/// <param name="IsDiverging">Whether the colours have a middle.</param>
internal sealed record Field(string Label, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<IReadOnlyList<double>> Values, (double Lower, double Upper) Range, bool IsDiverging);

/// <summary>Bars in groups, one of each group for every series.</summary>
/// <param name="Groups">Names of the groups, below the axis.</param>
/// <param name="Series">Names of the series, in the legend.</param>
/// <param name="Values">Heights and their deviations by series and group; null is no bar.</param>
internal sealed record Bars(IReadOnlyList<string> Groups, IReadOnlyList<string> Series, IReadOnlyList<IReadOnlyList<(double Mean, double Deviation)?>> Values);
