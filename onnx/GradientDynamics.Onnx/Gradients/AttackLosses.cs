using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>
/// The losses that attacks ascend and their gradients with respect to the logits, in standard operators. Each example says by its
/// <see cref="AttackLoss"/> which one is meant; the kinds differ in the rows of small tables of coefficients, so that one backward pass
/// serves all of them. Where several logits are equal the first counts as the largest.
/// </summary>
/// <remarks>
/// With y the label and t the target, −1 for none; π1, π2, … the classes in descending order of their logits z; o = t, or π1, or π2 where π1 is y:
/// cross-entropy −log p_y, targeted log p_t; logit margin z_o − z_y; difference-of-logits ratio (z_o − z_y) / (z_π1 − z_π3), targeted
/// (z_t − z_y) / (z_π1 − (z_π3 + z_π4) / 2). Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse
/// parameter-free attacks", 2020, https://arxiv.org/abs/2003.01690.
/// </remarks>
internal static class AttackLosses
{
    // Keeps the difference-of-logits ratio finite where the three largest logits are equal, as in the reference implementation.
    private const double RatioOffset = 1e-12;

    // Rows of the tables: what no kind, label or target reaches holds NaN, so that a wrong value does not pass for another one.
    private const int TargetedRow = 8;
    private const int TwoClassTargetRow = 3;
    private const int TwoClassLabelRow = 12;
    private const int TwoClassRows = 39;

    /// <summary>The losses that exist with <paramref name="classes"/> classes.</summary>
    public static IReadOnlyList<AttackLoss> KindsFor(long classes, bool targeted) =>
        classes >= (targeted ? 4 : 3)
            ? [AttackLoss.CrossEntropy, AttackLoss.LogitMargin, AttackLoss.DifferenceOfLogitsRatio]
            : [AttackLoss.CrossEntropy, AttackLoss.LogitMargin];

    /// <summary>Losses of two classes and the gradient of their sum.</summary>
    /// <param name="graph">The graph that receives the nodes.</param>
    /// <param name="logits">Logits [batch, 2], or a single logit z [batch, 1], which stands for (0, z).</param>
    /// <param name="element">Element type of the logits.</param>
    /// <param name="single">Whether there is a single logit.</param>
    /// <param name="names">Names of the labels, targets and kinds.</param>
    /// <returns>The losses [batch] and the gradient in the shape of the logits.</returns>
    public static (string Loss, string Gradient) EmitTwoClasses(GradientGraph graph, string logits, ElementType element, bool single, InputGradientNames names)
    {
        string pair = single ? graph.Add("MatMul", logits, graph.Constant(GradientGraph.Numbers(element, [0, 1], 1, 2))) : logits;
        string logarithms = graph.Add("LogSoftmax", NodeAttributes.None.With("axis", 1), pair);
        string probabilities = graph.Add("Exp", logarithms);
        string row = graph.Add(
            "Add",
            graph.Add("Add", graph.Add("Mul", names.Labels, graph.Index(TwoClassLabelRow)), graph.Add("Mul", names.Targets, graph.Index(TwoClassTargetRow))),
            names.LossKind);

        // The loss is linear in (log p, z); its slope along z1 - z0 is linear in p, each p of the class that is wrong: no 1 - p that cancels.
        double[][] lossRows = NotANumber(TwoClassRows, 4);
        double[][] slopeRows = NotANumber(TwoClassRows, 2);
        double[][] constantRows = NotANumber(TwoClassRows, 1);
        for (int label = 0; label < 2; label++)
        {
            for (int target = -1; target < 2; target++)
            {
                int first = TwoClassLabelRow * label + TwoClassTargetRow * target;
                first += first < 0 ? TwoClassRows : 0;
                int pulled = target < 0 ? label : target;
                double sign = target < 0 ? -1 : 1;
                (lossRows[first], slopeRows[first], constantRows[first]) = (new double[4], new double[2], new double[1]);
                lossRows[first][pulled] = sign;
                slopeRows[first][1 - pulled] = sign * (2 * pulled - 1);

                int other = target < 0 ? 1 - label : target;
                int margin = first + (int)AttackLoss.LogitMargin;
                (lossRows[margin], slopeRows[margin], constantRows[margin]) = (new double[4], new double[2], new double[1]);
                lossRows[margin][2 + other] += 1;
                lossRows[margin][2 + label] -= 1;
                constantRows[margin][0] = other - label;
            }
        }

        string values = graph.Add("Concat", NodeAttributes.None.With("axis", 1), logarithms, pair);
        string loss = graph.ReduceSum(graph.Add("Mul", Rows(graph, element, lossRows, row), values), [1], keepDimensions: false);
        string slope = graph.Add(
            "Add", graph.ReduceSum(graph.Add("Mul", Rows(graph, element, slopeRows, row), probabilities), [1]), Rows(graph, element, constantRows, row));
        return (loss, single ? slope : graph.Add("Mul", slope, graph.Constant(GradientGraph.Numbers(element, [-1, 1], 1, 2))));
    }

    /// <summary>Losses of three and more classes and the gradient of their sum with respect to the logits.</summary>
    /// <param name="graph">The graph that receives the nodes.</param>
    /// <param name="logits">Logits [batch, classes].</param>
    /// <param name="element">Element type of the logits.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="names">Names of the labels, targets and kinds.</param>
    /// <returns>The losses [batch] and the gradient [batch, classes].</returns>
    public static (string Loss, string Gradient) EmitManyClasses(GradientGraph graph, string logits, ElementType element, long classes, InputGradientNames names)
    {
        int ranked = (int)Math.Min(4, classes);
        string logarithms = graph.Add("LogSoftmax", NodeAttributes.None.With("axis", 1), logits);
        string ranking = graph.AddMany("TopK", 2, NodeAttributes.None.With("axis", 1), logits, graph.Indices(ranked))[1];
        string best = Column(graph, ranking, 0);
        string targeted = graph.Add("GreaterOrEqual", names.Targets, graph.Index(0));
        string strongest = graph.Add("Where", graph.Add("Equal", best, names.Labels), Column(graph, ranking, 1), best);
        string other = graph.Add("Where", targeted, names.Targets, strongest);
        string row = graph.Add("Where", targeted, graph.Add("Add", names.LossKind, graph.Index(TargetedRow)), names.LossKind);

        // Columns: label, other, then the ranked classes. The loss is A·v / (D·v + d) with v the logits of these, or the logarithms of
        // the probabilities for the cross-entropy.
        int columns = 2 + ranked;
        int rows = TargetedRow + 3;
        double[][] numerators = NotANumber(rows, columns);
        double[][] denominators = NotANumber(rows, columns);
        double[][] offsets = NotANumber(rows, 1);
        double[][] shares = NotANumber(rows, 1);
        var crossEntropies = new bool[rows];
        for (int targetedRow = 0; targetedRow <= TargetedRow; targetedRow += TargetedRow)
        {
            bool aimed = targetedRow > 0;
            foreach (AttackLoss kind in KindsFor(classes, aimed))
            {
                int at = targetedRow + (int)kind;
                (numerators[at], denominators[at], offsets[at], shares[at]) = (new double[columns], new double[columns], [1], [0]);
                if (kind == AttackLoss.CrossEntropy)
                {
                    numerators[at][aimed ? 1 : 0] = aimed ? 1 : -1;
                    shares[at] = [aimed ? -1 : 1];
                    crossEntropies[at] = true;
                    continue;
                }

                numerators[at][0] = -1;
                numerators[at][1] = 1;
                if (kind == AttackLoss.DifferenceOfLogitsRatio)
                {
                    offsets[at] = [RatioOffset];
                    denominators[at][2] = 1;
                    if (aimed)
                    {
                        (denominators[at][4], denominators[at][5]) = (-0.5, -0.5);
                    }
                    else
                    {
                        denominators[at][4] = -1;
                    }
                }
            }
        }

        string numerator = Rows(graph, element, numerators, row);
        string denominator = Rows(graph, element, denominators, row);
        string crossEntropy = graph.Add("Gather", graph.Constant(ConstantTensor.Of<bool>(crossEntropies, rows, 1)), row);
        string chosen = graph.Add("Concat", NodeAttributes.None.With("axis", 1), graph.Unsqueeze(names.Labels, 1), graph.Unsqueeze(other, 1), ranking);
        string values = graph.Add(
            "GatherElements", NodeAttributes.None.With("axis", 1), graph.Add("Where", crossEntropy, logarithms, logits), chosen);
        string divisor = graph.Add("Add", graph.ReduceSum(graph.Add("Mul", denominator, values), [1]), Rows(graph, element, offsets, row));
        string losses = graph.Add("Div", graph.ReduceSum(graph.Add("Mul", numerator, values), [1]), divisor);
        string loss = graph.Add("Squeeze", losses, graph.Indices(1));

        // The cross-entropy's gradient is p but for its class, where it is the others' negative sum: p - 1 would cancel near 1, and an
        // attack on a confident network would follow rounding errors.
        string pulled = graph.Unsqueeze(graph.Add("Where", targeted, names.Targets, names.Labels), 1);
        string isPulled = graph.Add("Equal", pulled, graph.Constant(ConstantTensor.Of<long>([.. Enumerable.Range(0, (int)classes).Select(i => (long)i)], 1, classes)));
        string wrong = graph.Add("Where", isPulled, graph.Scalar(element, 0), graph.Add("Exp", logarithms));
        string weight = graph.Add("Where", crossEntropy, graph.ReduceSum(wrong, [1]), graph.Scalar(element, 1));
        string spread = graph.Add("Mul", wrong, Rows(graph, element, shares, row));
        string slopes = graph.Add("Div", graph.Add("Sub", graph.Add("Mul", numerator, weight), graph.Add("Mul", losses, denominator)), divisor);
        string gradient = graph.Add("ScatterElements", NodeAttributes.None.With("axis", 1).With("reduction", "add"), spread, chosen, slopes);
        return (loss, gradient);
    }

    private static double[][] NotANumber(int rows, int columns) => [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Repeat(double.NaN, columns).ToArray())];

    private static string Rows(GradientGraph graph, ElementType element, double[][] table, string row) =>
        graph.Add("Gather", graph.Constant(GradientGraph.Numbers(element, [.. table.SelectMany(entries => entries)], table.Length, table[0].Length)), row);

    private static string Column(GradientGraph graph, string matrix, long column) =>
        graph.Add("Gather", NodeAttributes.None.With("axis", 1), matrix, graph.Index(column));
}
