namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Draws the digits 0 to 9 as strokes. A digit is a set of points and the strokes through them; the points are moved at random, the whole is stretched, slanted, turned and shifted, and a pixel's
/// intensity falls with its distance to the nearest stroke. Only +, -, x, / and square root are used, which IEEE 754 defines to the last bit: the same numbers give the same image on every machine.
/// </summary>
internal static class DigitStrokes
{
    // Straight pieces per curved piece: at 28 pixels the chord differs from the curve by less than a tenth of a pixel.
    private const int PiecesPerSpan = 5;

    // Each in units of the image side; drawn uniformly from minus to plus this.
    private const double PointShift = 0.035;
    private const double Shift = 0.08;
    private const double Slant = 0.25;
    private const double Turn = 0.08; // tangent of half the angle: about 9 degrees
    private const double SmallestScale = 0.75;
    private const double LargestScale = 1.0;

    // In pixels of an image of 14 x 14, where MNIST's strokes are about as wide.
    private const double ThinnestStroke = 1.0;
    private const double WidestStroke = 2.2;
    private const double ReferenceSide = 14;

    // Every digit can be written in one or two ways. Points lie in the unit square, y down.
    private static readonly Shape[][] Shapes =
    [
        [new([(.50, .08), (.72, .20), (.80, .50), (.72, .80), (.50, .92), (.28, .80), (.20, .50), (.28, .20)], [Stroke.Loop(0, 1, 2, 3, 4, 5, 6, 7)])],
        [
            new([(.52, .08), (.50, .92)], [Stroke.Line(0, 1)]),
            new([(.34, .26), (.54, .08), (.52, .92)], [Stroke.Line(0, 1, 2)]),
        ],
        [new([(.24, .30), (.33, .13), (.55, .09), (.74, .25), (.66, .48), (.43, .70), (.22, .91), (.80, .90)], [Stroke.Curve(0, 1, 2, 3, 4, 5, 6), Stroke.Line(6, 7)])],
        [new([(.24, .18), (.48, .08), (.70, .20), (.66, .40), (.42, .48), (.70, .55), (.78, .72), (.62, .89), (.40, .92), (.20, .82)], [Stroke.Curve(0, 1, 2, 3, 4), Stroke.Curve(4, 5, 6, 7, 8, 9)])],
        [
            new([(.62, .08), (.18, .64), (.84, .64), (.64, .92)], [Stroke.Line(0, 1, 2), Stroke.Line(0, 3)]),
            new([(.28, .10), (.22, .54), (.76, .52), (.72, .10), (.68, .92)], [Stroke.Line(0, 1, 2), Stroke.Line(3, 4)]),
        ],
        [new([(.76, .09), (.32, .10), (.28, .46), (.52, .40), (.75, .54), (.75, .74), (.56, .91), (.36, .92), (.20, .83)], [Stroke.Line(0, 1, 2), Stroke.Curve(2, 3, 4, 5, 6, 7, 8)])],
        [new([(.70, .10), (.44, .22), (.27, .47), (.25, .72), (.42, .91), (.64, .88), (.76, .70), (.64, .53), (.44, .54), (.27, .68)], [Stroke.Curve(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)])],
        [
            new([(.20, .11), (.80, .10), (.42, .92)], [Stroke.Line(0, 1, 2)]),
            new([(.20, .11), (.80, .10), (.42, .92), (.34, .50), (.76, .48)], [Stroke.Line(0, 1, 2), Stroke.Line(3, 4)]),
        ],
        [new([(.50, .48), (.30, .36), (.28, .19), (.50, .08), (.72, .19), (.70, .36), (.74, .62), (.76, .80), (.50, .92), (.24, .80), (.26, .62)], [Stroke.Loop(0, 1, 2, 3, 4, 5), Stroke.Loop(0, 6, 7, 8, 9, 10)])],
        [new([(.74, .30), (.60, .47), (.40, .48), (.25, .32), (.38, .12), (.62, .10), (.74, .58), (.60, .92)], [Stroke.Loop(0, 1, 2, 3, 4, 5), Stroke.Curve(0, 6, 7)])],
    ];

    /// <summary>Draws a digit of random shape, width and position into an image (side, side) of intensities from 0 to 1.</summary>
    public static void Draw(int digit, int side, Random random, Span<float> image)
    {
        Shape[] ways = Shapes[digit];
        Shape shape = ways[random.Next(ways.Length)];
        (double X, double Y)[] points = Place(shape.Points, side, random);
        List<Segment> segments = [];
        foreach (Stroke stroke in shape.Strokes)
        {
            Flatten(stroke, points, segments);
        }

        double halfWidth = Uniform(random, ThinnestStroke, WidestStroke) * side / ReferenceSide / 2;
        for (int row = 0; row < side; row++)
        {
            for (int column = 0; column < side; column++)
            {
                double distance = Math.Sqrt(SquaredDistance(segments, column + 0.5, row + 0.5));
                // The edge is one pixel wide: full inside, nothing from half a pixel outside on.
                image[(row * side) + column] = (float)Math.Clamp(halfWidth + 0.5 - distance, 0, 1);
            }
        }
    }

    private static (double X, double Y)[] Place(IReadOnlyList<(double X, double Y)> points, int side, Random random)
    {
        double scaleX = Uniform(random, SmallestScale, LargestScale);
        double scaleY = Uniform(random, SmallestScale, LargestScale);
        double slant = Uniform(random, -Slant, Slant);
        double turn = Uniform(random, -Turn, Turn);
        double cosine = (1 - (turn * turn)) / (1 + (turn * turn));
        double sine = 2 * turn / (1 + (turn * turn));
        double shiftX = Uniform(random, -Shift, Shift);
        double shiftY = Uniform(random, -Shift, Shift);
        var placed = new (double X, double Y)[points.Count];
        for (int i = 0; i < placed.Length; i++)
        {
            double y = (points[i].Y - 0.5 + Uniform(random, -PointShift, PointShift)) * scaleY;
            double x = ((points[i].X - 0.5 + Uniform(random, -PointShift, PointShift)) * scaleX) - (slant * y);
            placed[i] = (((cosine * x) - (sine * y) + 0.5 + shiftX) * side, ((sine * x) + (cosine * y) + 0.5 + shiftY) * side);
        }

        return placed;
    }

    // Curves are Catmull-Rom splines: through every point, with the tangent of its neighbours' chord; an open end repeats its point.
    private static void Flatten(Stroke stroke, (double X, double Y)[] points, List<Segment> segments)
    {
        int[] path = stroke.Path;
        int spans = stroke.Kind == StrokeKind.Loop ? path.Length : path.Length - 1;
        for (int span = 0; span < spans; span++)
        {
            (double X, double Y) from = points[path[span]];
            (double X, double Y) to = points[path[(span + 1) % path.Length]];
            if (stroke.Kind == StrokeKind.Line)
            {
                segments.Add(new(from.X, from.Y, to.X, to.Y));
                continue;
            }

            bool loop = stroke.Kind == StrokeKind.Loop;
            (double X, double Y) before = points[path[loop ? (span + path.Length - 1) % path.Length : Math.Max(0, span - 1)]];
            (double X, double Y) after = points[path[loop ? (span + 2) % path.Length : Math.Min(path.Length - 1, span + 2)]];
            (double X, double Y) last = from;
            for (int piece = 1; piece <= PiecesPerSpan; piece++)
            {
                double t = (double)piece / PiecesPerSpan;
                (double X, double Y) next = (Spline(before.X, from.X, to.X, after.X, t), Spline(before.Y, from.Y, to.Y, after.Y, t));
                segments.Add(new(last.X, last.Y, next.X, next.Y));
                last = next;
            }
        }
    }

    private static double Spline(double before, double from, double to, double after, double t) =>
        0.5 * ((2 * from) + ((to - before) * t) + (((2 * before) - (5 * from) + (4 * to) - after) * t * t) + ((after - before + (3 * (from - to))) * t * t * t));

    private static double SquaredDistance(List<Segment> segments, double x, double y)
    {
        double smallest = double.PositiveInfinity;
        foreach (Segment segment in segments)
        {
            double directionX = segment.ToX - segment.FromX;
            double directionY = segment.ToY - segment.FromY;
            double squaredLength = (directionX * directionX) + (directionY * directionY);
            double along = squaredLength > 0 ? Math.Clamp((((x - segment.FromX) * directionX) + ((y - segment.FromY) * directionY)) / squaredLength, 0, 1) : 0;
            double offX = x - segment.FromX - (along * directionX);
            double offY = y - segment.FromY - (along * directionY);
            smallest = Math.Min(smallest, (offX * offX) + (offY * offY));
        }

        return smallest;
    }

    private static double Uniform(Random random, double from, double to) => from + ((to - from) * random.NextDouble());

    private enum StrokeKind
    {
        Line,
        Curve,
        Loop,
    }

    private readonly record struct Segment(double FromX, double FromY, double ToX, double ToY);

    private sealed record Stroke(StrokeKind Kind, int[] Path)
    {
        public static Stroke Line(params int[] path) => new(StrokeKind.Line, path);

        public static Stroke Curve(params int[] path) => new(StrokeKind.Curve, path);

        public static Stroke Loop(params int[] path) => new(StrokeKind.Loop, path);
    }

    private sealed record Shape(IReadOnlyList<(double X, double Y)> Points, IReadOnlyList<Stroke> Strokes);
}
