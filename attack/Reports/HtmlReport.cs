using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Comparison;
using GradientDynamics.Attack.Groups;
using GradientDynamics.Attack.Margins;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Reports;

/// <summary><c>report.html</c>: one file without scripts or references to others; figures are inline SVG and images.</summary>
internal sealed class HtmlReport
{
    // Okabe and Ito's palette, told apart with every common colour blindness, and a dash pattern each for print in grey. https://jfly.uni-koeln.de/color/
    private static readonly string[] Colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];
    private static readonly string[] DashPatterns = ["", "7 4", "2 3", "9 3 2 3", "12 4", "4 2", "1 4"];

    // Far tails squeeze what matters into a corner: the axis ends where 98 of 100 margins do, and says so.
    private const double ShownShare = 0.98;

    private readonly AuditReport _report;
    private readonly IReadOnlyList<TargetFindings> _findings;
    private readonly StringBuilder _html = new();
    private readonly bool _images;
    private readonly bool _eightBit;

    private HtmlReport(AuditReport report, IReadOnlyList<TargetFindings> findings)
    {
        _report = report;
        _findings = findings;
        InputBounds bounds = report.Targets[0].Bounds;
        _images = ImageStrip.CanShow(report.EvaluationSet.InputShape);
        _eightBit = _images && bounds is { Lower: [0], Upper: [1] };
    }

    /// <summary>The page.</summary>
    public static string Render(AuditReport report, IReadOnlyList<TargetFindings> findings)
    {
        HtmlReport page = new(report, findings);
        page.Head();
        page.Summary();
        page.Margins();
        page.RobustAccuracy();
        page.Groups();
        page.Smallest();
        page.Reading();
        page.Details();
        page._html.Append("</main></body></html>\n");
        return page._html.ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Share(double? value) => value is double share ? $"{100 * share:F1} %" : "–";

    private static string Color(int target) => Colors[target % Colors.Length];

    private static string Dash(int target) => DashPatterns[target % DashPatterns.Length];

    private string Title() => _report.Targets.Count == 1 ? $"Robustness of {_report.Targets[0].Label}" : $"Robustness of {string.Join(" and ", _report.Targets.Select(target => target.Label))}";

    private void Head()
    {
        EvaluationSetSummary set = _report.EvaluationSet;
        string source = string.Join(", ", ((string[])[set.Dataset, set.Split.Length == 0 ? "" : $"{set.Split} split"]).Where(part => part.Length > 0));
        _html.Append($$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta name="color-scheme" content="light"/>
            <title>{{Text(Title())}}</title>
            <style>
            :root { --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --wash: #f6f8fa; }
            * { box-sizing: border-box; }
            body { margin: 0; background: #fff; color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
            main { max-width: 1180px; margin: 0 auto; padding: 36px 28px 64px; }
            h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
            h2 { font-size: 20px; margin: 44px 0 4px; }
            h3 { font-size: 15px; margin: 18px 0 6px; }
            p { margin: 6px 0 12px; max-width: 78ch; }
            .soft, figcaption, .note { color: var(--soft); }
            .note { font-size: 13.5px; }
            .legend { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 8px 0 4px; padding: 0; list-style: none; font-size: 14px; }
            .legend svg { width: 34px; height: 10px; margin-right: 8px; vertical-align: middle; }
            .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 18px 28px; }
            figure { margin: 0; } figure svg { width: 100%; height: auto; display: block; } figcaption { font-size: 13.5px; margin-top: 2px; }
            svg .grid { stroke: #e7ebef; } svg .axis { stroke: #8c959f; } svg text { font-family: inherit; fill: var(--soft); }
            svg .tick { font-size: 12px; } svg .label { font-size: 13px; fill: var(--ink); } svg .strong { fill: var(--ink); }
            .scroll { overflow-x: auto; }
            table { border-collapse: collapse; margin: 10px 0 6px; font-size: 14px; font-variant-numeric: tabular-nums; }
            caption { text-align: left; font-weight: 600; padding: 4px 0 6px; }
            th, td { text-align: right; padding: 6px 14px; border-bottom: 1px solid var(--line); white-space: nowrap; }
            th { font-weight: 600; background: var(--wash); } th:first-child, td:first-child, .left { text-align: left; }
            small { color: var(--soft); } td small { margin-left: 4px; } small.under { display: block; margin: 0; }
            .key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 8px; }
            .pass { color: #116329; font-weight: 600; } .fail { color: #a40e26; font-weight: 600; }
            .strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(252px, 1fr)); gap: 16px; margin: 8px 0 20px; }
            .sample { border: 1px solid var(--line); border-radius: 8px; padding: 12px; }
            .triple { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
            .triple img { width: 100%; image-rendering: pixelated; border: 1px solid var(--line); border-radius: 3px; display: block; }
            .triple span { display: block; font-size: 11.5px; color: var(--soft); text-align: center; margin-top: 3px; }
            .sample p { margin: 8px 0 0; font-size: 13px; overflow-wrap: anywhere; }
            details { border: 1px solid var(--line); border-radius: 8px; padding: 10px 16px; margin: 12px 0; } summary { cursor: pointer; font-weight: 600; }
            pre { overflow-x: auto; font-size: 12.5px; line-height: 1.45; background: var(--wash); padding: 12px; border-radius: 6px; }
            @media print { main { max-width: none; padding: 0; } details { break-inside: avoid; } figure, .sample { break-inside: avoid; } }
            </style></head><body><main>
            <h1>{{Text(Title())}}</h1>
            <p class="soft">{{set.Examples}} examples{{(source.Length == 0 ? "" : $" of {Text(source)}")}} · {{_report.Started:yyyy-MM-dd HH:mm}} UTC · {{Text(_report.Tool)}} · seed {{_report.Configuration.Seed}}</p>

            """);
    }

    private void Summary()
    {
        IReadOnlyList<ThreatReport> threats = _report.Targets[0].ThreatModels;
        _html.Append("<div class=\"scroll\"><table><caption>At a glance</caption><tr><th>target</th><th>accuracy</th><th>worst group</th>");
        foreach (ThreatReport threat in threats)
        {
            if (Middle(threat) is { } point)
            {
                _html.Append($"<th>robust accuracy,<br/>{threat.Norm.Symbol} ε = {AuditTables.Radius(point.Epsilon)}</th>");
            }

            _html.Append(threat.Margins is null ? "" : $"<th>median {threat.Norm.Symbol}<br/>margin</th>");
        }

        _html.Append("</tr>");
        foreach ((int index, TargetReport target) in _report.Targets.Index())
        {
            _html.Append($"<tr><td><span class=\"key\" style=\"background:{Color(index)}\"></span>{Text(target.Label)}</td><td>{Share(target.Clean.Average.Accuracy)}</td>");
            _html.Append($"<td>{Share(target.Clean.WorstGroup?.Accuracy.Accuracy)}<small class=\"under\">{Text(target.Clean.WorstGroup?.Name ?? "")}</small></td>");
            foreach (ThreatReport threat in target.ThreatModels)
            {
                if (Middle(threat) is { } point)
                {
                    _html.Append($"<td>{Share(point.Accuracy.Average.Accuracy)}<small class=\"under\">worst group {Share(point.Accuracy.WorstGroup?.Accuracy.Accuracy)}</small></td>");
                }

                _html.Append(threat.Margins is null ? "" : $"<td>{Median(threat)}</td>");
            }

            _html.Append("</tr>");
        }

        _html.Append("</table></div>");
        foreach (TargetComparison comparison in _report.Comparisons)
        {
            Differences(comparison);
        }

        if (_report.Gates.Count > 0)
        {
            _html.Append("<div class=\"scroll\"><table><caption>Gates</caption><tr><th>target</th><th class=\"left\">measured</th><th>found</th><th>demanded</th><th>result</th></tr>");
            foreach (GateResult gate in _report.Gates)
            {
                _html.Append($"<tr><td>{Text(gate.Target)}</td><td class=\"left\">{Text(gate.Subject)}</td><td>{Share(gate.Found)}</td><td>at least {Share(gate.Demanded)}</td>");
                _html.Append($"<td class=\"{(gate.Passed ? "pass\">passed" : "fail\">failed")}</td></tr>");
            }

            _html.Append("</table></div>");
        }
    }

    private static RobustAccuracyPoint? Middle(ThreatReport threat) => threat.RobustAccuracy.Count == 0 ? null : threat.RobustAccuracy[threat.RobustAccuracy.Count / 2];

    private string Median(ThreatReport threat) => threat.Margins!.Median is double margin ? Epsilon(margin, threat.Norm) : "not found";

    private string Epsilon(double value, PerturbationNorm norm) => _eightBit && norm == PerturbationNorm.Linf ? $"{value:G3} <small>{255 * value:0.0#}/255</small>" : $"{value:G3}";

    private void Differences(TargetComparison comparison)
    {
        _html.Append($"<div class=\"scroll\"><table><caption>{Text(comparison.Second)} minus {Text(comparison.First)}, the same examples and random starts</caption>");
        _html.Append($"<tr><th>figure</th><th>{Text(comparison.First)}</th><th>{Text(comparison.Second)}</th><th>difference</th><th>{100 * _report.Configuration.Confidence:G4} % interval</th><th>p</th></tr>");
        Accuracy("accuracy", comparison.Clean);
        Worst("worst-group accuracy", comparison.CleanWorstGroup);
        foreach (ThreatComparison threat in comparison.ThreatModels)
        {
            if (threat.Epsilons.Count > 0)
            {
                EpsilonComparison point = threat.Epsilons[threat.Epsilons.Count / 2];
                Accuracy($"robust accuracy, {threat.Norm.Symbol} ε = {AuditTables.Radius(point.Epsilon)}", point.Robust);
                Worst($"worst-group robust accuracy, {threat.Norm.Symbol} ε = {AuditTables.Radius(point.Epsilon)}", point.WorstGroup);
            }

            if (threat.Margins is { } margins)
            {
                Row(
                    $"median {threat.Norm.Symbol} margin",
                    $"{margins.FirstMedian:G3}",
                    $"{margins.SecondMedian:G3}",
                    AuditTables.Signed(margins.MedianDifference, "G3"),
                    $"{margins.Interval.Lower:G3} to {margins.Interval.Upper:G3}",
                    AuditTables.Probability(margins.PValue));
            }
        }

        _html.Append("</table></div><p class=\"note\">Accuracies in per cent, differences in percentage points. Intervals by bootstrap over examples (within groups for the worst group); p by McNemar's test for accuracies, by the sign test for margins. "
            + "The margins' difference is the median over examples. All radii are in audit.json.</p>");

        void Accuracy(string figure, PairedAccuracy paired) =>
            Row(figure, Share(paired.First), Share(paired.Second), AuditTables.Signed(100 * paired.Difference, "F1"), AuditTables.Range(paired.Interval), AuditTables.Probability(paired.PValue));

        void Worst(string figure, WorstGroupDifference worst) =>
            Row(figure, Share(worst.First), Share(worst.Second), AuditTables.Signed(100 * worst.Difference, "F1"), AuditTables.Range(worst.Interval), "");

        void Row(params string[] cells) => _html.Append("<tr>").AppendJoin("", cells.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>");
    }

    private void Legend(string? second = null)
    {
        _html.Append("<ul class=\"legend\">");
        foreach ((int index, TargetReport target) in _report.Targets.Index())
        {
            string dash = Dash(index).Length == 0 || second is not null ? "" : $" stroke-dasharray=\"{Dash(index)}\"";
            _html.Append($"<li><svg viewBox=\"0 0 34 10\" aria-hidden=\"true\"><line x1=\"0\" x2=\"34\" y1=\"5\" y2=\"5\" stroke=\"{Color(index)}\" stroke-width=\"3\"{dash}/></svg>{Text(target.Label)}</li>");
        }

        if (second is not null)
        {
            _html.Append("<li><svg viewBox=\"0 0 34 10\" aria-hidden=\"true\"><line x1=\"0\" x2=\"34\" y1=\"5\" y2=\"5\" stroke=\"#57606a\" stroke-width=\"3\"/></svg>all examples</li>");
            _html.Append($"<li><svg viewBox=\"0 0 34 10\" aria-hidden=\"true\"><line x1=\"0\" x2=\"34\" y1=\"5\" y2=\"5\" stroke=\"#57606a\" stroke-width=\"2\" stroke-dasharray=\"5 4\"/></svg>{second}</li>");
        }

        _html.Append("</ul>");
    }

    private void Swatches()
    {
        _html.Append("<ul class=\"legend\">");
        foreach ((int index, TargetReport target) in _report.Targets.Index())
        {
            _html.Append($"<li><span class=\"key\" style=\"background:{Color(index)}\"></span>{Text(target.Label)}</li>");
        }

        _html.Append("</ul>");
    }

    private string XLabel(PerturbationNorm norm) => _eightBit && norm == PerturbationNorm.Linf
        ? "L∞ size of the perturbation, in steps of 1/255"
        : $"{norm.Symbol} size of the perturbation, in input units";

    private double XUnit(PerturbationNorm norm) => _eightBit && norm == PerturbationNorm.Linf ? 1 / 255.0 : 1;

    private double Nice(double maximum, PerturbationNorm norm)
    {
        double unit = XUnit(norm);
        double step = SvgChart.Ticks(maximum / unit, 6).Skip(1).FirstOrDefault(maximum / unit);
        return Math.Ceiling((maximum / unit / step) - 1e-9) * step * unit;
    }

    private void Margins()
    {
        int[] shown = [.. Enumerable.Range(0, _findings[0].ThreatModels.Count).Where(threat => _findings[0].ThreatModels[threat].Options.Margin is not null)];
        if (shown.Length == 0)
        {
            return;
        }

        _html.Append("<h2>Margins: how far each decision is from flipping</h2><p>The share of examples that a perturbation of at most this size turns into an error. A lower curve is better; it begins at the error on unperturbed inputs.</p>");
        Legend();
        _html.Append("<div class=\"plots\">");
        foreach (int threat in shown)
        {
            PerturbationNorm norm = _findings[0].ThreatModels[threat].Options.Norm;
            double[][] margins = [.. _findings.Select(target => target.ThreatModels[threat].Examples.Select(example => example.Margin.Upper).Order().ToArray())];
            double[] closed = [.. margins.SelectMany(values => values).Where(double.IsFinite).Order()];
            double maximum = Nice(closed.Length == 0 || closed[^1] == 0 ? 1 : Math.Max(closed[(int)(ShownShare * (closed.Length - 1))], closed[^1] / 1000), norm);
            string medians = string.Join("; ", _report.Targets.Select(target => $"{target.Label}: median {(target.ThreatModels[threat].Margins!.Median is double median ? $"{median:G3}" : "not found")}"));
            SvgChart chart = new($"Distribution of {norm.Symbol} margins", medians, XLabel(norm), "share of examples in error", maximum, XUnit(norm));
            foreach ((int index, double[] values) in margins.Index())
            {
                chart.Line(Steps(values, maximum), Color(index), Dash(index));
            }

            int open = margins.Sum(values => values.Count(double.IsPositiveInfinity));
            int beyond = margins.Sum(values => values.Count(value => value > maximum && double.IsFinite(value)));
            string rest = (open, beyond) switch
            {
                (0, 0) => "",
                (0, _) => $" Margins beyond the axis: {beyond}.",
                (_, 0) => $" Examples without an adversarial found: {open}.",
                _ => $" Margins beyond the axis: {beyond}; examples without an adversarial found: {open}.",
            };
            _html.Append($"<figure>{chart.Render($"margins-{threat}")}<figcaption>{norm.Symbol}: {Text(medians)}.{rest}</figcaption></figure>");
        }

        _html.Append("</div>");
    }

    /// <summary>The empirical distribution as a step line from 0 to the end of the axis.</summary>
    private static IEnumerable<(double X, double Y)> Steps(double[] sorted, double maximum)
    {
        double share = 0;
        yield return (0, 0);
        for (int i = 0; i < sorted.Length && sorted[i] <= maximum; i++)
        {
            if (i + 1 < sorted.Length && sorted[i + 1] == sorted[i])
            {
                continue;
            }

            yield return (sorted[i], share);
            share = (i + 1.0) / sorted.Length;
            yield return (sorted[i], share);
        }

        yield return (maximum, share);
    }

    private void RobustAccuracy()
    {
        int[] shown = [.. Enumerable.Range(0, _report.Targets[0].ThreatModels.Count).Where(threat => _report.Targets[0].ThreatModels[threat].RobustAccuracy.Count > 0)];
        if (shown.Length == 0)
        {
            return;
        }

        _html.Append($"<h2>Robust accuracy</h2><p>The share of examples that stay right under every attack up to ε, overall with its {100 * _report.Configuration.Confidence:G4} % interval, and in the group where it is lowest at that ε.</p>");
        Legend("worst group");
        _html.Append("<div class=\"plots\">");
        foreach (int threat in shown)
        {
            PerturbationNorm norm = _report.Targets[0].ThreatModels[threat].Norm;
            double maximum = _report.Targets[0].ThreatModels[threat].RobustAccuracy[^1].Epsilon;
            string description = string.Join("; ", _report.Targets.Select(target => $"{target.Label}: {Share(target.Clean.Average.Accuracy)} unperturbed, "
                + string.Join(", ", target.ThreatModels[threat].RobustAccuracy.Select(point => $"{Share(point.Accuracy.Average.Accuracy)} at {AuditTables.Radius(point.Epsilon)}"))));
            SvgChart chart = new($"Robust accuracy under {norm.Symbol} perturbations", description, XLabel(norm), "accuracy", maximum, XUnit(norm));
            foreach ((int index, TargetReport target) in _report.Targets.Index())
            {
                (double Epsilon, GroupEvaluation Accuracy)[] points = [(0, target.Clean), .. target.ThreatModels[threat].RobustAccuracy.Select(point => (point.Epsilon, point.Accuracy))];
                chart.Band([.. points.Select(point => (point.Epsilon, point.Accuracy.Average.Interval!.Value.Lower, point.Accuracy.Average.Interval.Value.Upper))], Color(index));
                chart.Line(points.Select(point => (point.Epsilon, point.Accuracy.WorstGroup!.Accuracy.Accuracy!.Value)), Color(index), "5 4", 1.75);
                chart.Line(points.Select(point => (point.Epsilon, point.Accuracy.Average.Accuracy!.Value)), Color(index), "");
                foreach ((double epsilon, GroupEvaluation accuracy) in points)
                {
                    chart.Point(epsilon, accuracy.WorstGroup!.Accuracy.Accuracy!.Value, Color(index), $"{target.Label}, ε = {AuditTables.Radius(epsilon)}: worst group {accuracy.WorstGroup.Name} {Share(accuracy.WorstGroup.Accuracy.Accuracy)}");
                    chart.Point(epsilon, accuracy.Average.Accuracy!.Value, Color(index), $"{target.Label}, ε = {AuditTables.Radius(epsilon)}: {Share(accuracy.Average.Accuracy)}");
                }
            }

            _html.Append($"<figure>{chart.Render($"robust-{threat}")}<figcaption>{norm.Symbol}. Shaded: Wilson's interval.</figcaption></figure>");
        }

        _html.Append("</div>");
        foreach (int threat in shown)
        {
            RobustTable(threat);
        }
    }

    private void RobustTable(int threat)
    {
        ThreatReport first = _report.Targets[0].ThreatModels[threat];
        _html.Append($"<div class=\"scroll\"><table><caption>Robust accuracy, {first.Norm.Symbol}</caption><tr><th>target</th><th class=\"left\">examples</th><th>unperturbed</th>");
        _html.AppendJoin("", first.RobustAccuracy.Select(point => $"<th>ε = {AuditTables.Radius(point.Epsilon)}</th>")).Append("</tr>");
        foreach ((int index, TargetReport target) in _report.Targets.Index())
        {
            GroupEvaluation[] points = [target.Clean, .. target.ThreatModels[threat].RobustAccuracy.Select(point => point.Accuracy)];
            _html.Append($"<tr><td><span class=\"key\" style=\"background:{Color(index)}\"></span>{Text(target.Label)}</td><td class=\"left\">all</td>");
            _html.AppendJoin("", points.Select(point => $"<td>{Share(point.Average.Accuracy)}</td>"));
            _html.Append("</tr><tr><td></td><td class=\"left\">worst group</td>");
            _html.AppendJoin("", points.Select(point => $"<td>{Share(point.WorstGroup?.Accuracy.Accuracy)}<small class=\"under\">{Text(point.WorstGroup?.Name ?? "")}</small></td>")).Append("</tr>");
        }

        _html.Append("</table></div>");
    }

    private void Groups()
    {
        _html.Append("<h2>Groups</h2><p>Accuracy of each group (class and attribute) with its interval: pale for unperturbed inputs, dark for what is left under attack at the radius that is named. An average hides what a small group suffers.</p>");
        Swatches();
        ThreatReport first = _report.Targets[0].ThreatModels.FirstOrDefault(threat => threat.RobustAccuracy.Count > 0) ?? _report.Targets[0].ThreatModels[0];
        int threat = _report.Targets[0].ThreatModels.ToList().IndexOf(first);
        RobustAccuracyPoint? point = Middle(first);
        _html.Append($"<figure>{GroupBars(threat, point is null ? -1 : first.RobustAccuracy.ToList().IndexOf(point))}<figcaption>");
        _html.Append(point is null ? "Unperturbed inputs." : $"Pale: unperturbed. Dark: under {first.Norm.Symbol} attack at ε = {AuditTables.Radius(point.Epsilon)}.").Append(" Whiskers: Wilson's interval.</figcaption></figure>");

        _html.Append("<div class=\"scroll\"><table><tr><th>group</th><th>examples</th>");
        foreach (TargetReport target in _report.Targets)
        {
            _html.Append($"<th>{Text(target.Label)}</th>");
            _html.Append(point is null ? "" : $"<th>under attack</th>");
            _html.Append(first.Margins is null ? "" : $"<th>median {first.Norm.Symbol} margin</th>");
        }

        _html.Append("</tr>");
        foreach ((int group, GroupAccuracy name) in _report.Targets[0].Clean.Groups.Index())
        {
            _html.Append($"<tr><td>{Text(name.Name)}</td><td>{name.Accuracy.Count}</td>");
            foreach (TargetReport target in _report.Targets)
            {
                ThreatReport own = target.ThreatModels[threat];
                _html.Append($"<td>{Share(target.Clean.Groups[group].Accuracy.Accuracy)}</td>");
                _html.Append(point is null ? "" : $"<td>{Share(Middle(own)!.Accuracy.Groups[group].Accuracy.Accuracy)}</td>");
                string median = name.Accuracy.Count == 0 ? "–" : own.Margins?.Groups[group].Median is double margin ? Epsilon(margin, own.Norm) : "not found";
                _html.Append(own.Margins is null ? "" : $"<td>{median}</td>");
            }

            _html.Append("</tr>");
        }

        _html.Append("</table></div>");
    }

    private string GroupBars(int threat, int point)
    {
        const double Width = 1120;
        const double Left = 210;
        const double Right = 60;
        const double Bar = 16;
        const double Gap = 14;
        GroupAccuracy[] groups = [.. _report.Targets[0].Clean.Groups.Where(group => group.Accuracy.Count > 0)];
        double rowHeight = (Bar * _report.Targets.Count) + Gap;
        double height = (groups.Length * rowHeight) + 34;
        double X(double share) => Left + (share * (Width - Left - Right));
        string N(double value) => SvgChart.Number(value);

        StringBuilder svg = new($"<svg viewBox=\"0 0 {N(Width)} {N(height)}\" role=\"img\" aria-label=\"Accuracy of each group\" xmlns=\"http://www.w3.org/2000/svg\">");
        foreach (double tick in SvgChart.Ticks(1, 5))
        {
            svg.Append($"<line class=\"grid\" x1=\"{N(X(tick))}\" x2=\"{N(X(tick))}\" y1=\"4\" y2=\"{N(height - 26)}\"/><text class=\"tick\" x=\"{N(X(tick))}\" y=\"{N(height - 8)}\" text-anchor=\"middle\">{100 * tick:F0} %</text>");
        }

        foreach ((int row, GroupAccuracy group) in groups.Index())
        {
            double top = 6 + (row * rowHeight);
            svg.Append($"<text class=\"label\" x=\"{N(Left - 12)}\" y=\"{N(top + (Bar * _report.Targets.Count / 2) - 2)}\" text-anchor=\"end\">{Text(group.Name)}</text>");
            svg.Append($"<text class=\"tick\" x=\"{N(Left - 12)}\" y=\"{N(top + (Bar * _report.Targets.Count / 2) + 12)}\" text-anchor=\"end\">{group.Accuracy.Count} examples</text>");
            foreach ((int index, TargetReport target) in _report.Targets.Index())
            {
                double y = top + (index * Bar);
                CountedAccuracy clean = target.Clean.Groups[group.Group].Accuracy;
                CountedAccuracy? robust = point < 0 ? null : target.ThreatModels[threat].RobustAccuracy[point].Accuracy.Groups[group.Group].Accuracy;
                string tooltip = $"{target.Label}, {group.Name}: {Share(clean.Accuracy)} unperturbed{(robust is null ? "" : $", {Share(robust.Accuracy)} under attack")}";
                svg.Append($"<g><title>{Text(tooltip)}</title>");
                svg.Append($"<rect x=\"{N(Left)}\" y=\"{N(y)}\" width=\"{N(X(clean.Accuracy!.Value) - Left)}\" height=\"{N(Bar - 2)}\" fill=\"{Color(index)}\" fill-opacity=\"{(robust is null ? "0.85" : "0.3")}\"/>");
                if (robust is not null)
                {
                    svg.Append($"<rect x=\"{N(Left)}\" y=\"{N(y)}\" width=\"{N(X(robust.Accuracy!.Value) - Left)}\" height=\"{N(Bar - 2)}\" fill=\"{Color(index)}\"/>");
                    Whisker(robust, y, "#1b1f24");
                }

                Whisker(clean, y, "#57606a");
                svg.Append("</g>");
            }
        }

        return svg.Append("</svg>").ToString();

        void Whisker(CountedAccuracy accuracy, double y, string color)
        {
            Interval interval = accuracy.Interval!.Value;
            double middle = y + ((Bar - 2) / 2);
            svg.Append($"<line x1=\"{N(X(interval.Lower))}\" x2=\"{N(X(interval.Upper))}\" y1=\"{N(middle)}\" y2=\"{N(middle)}\" stroke=\"{color}\" stroke-width=\"1.25\"/>");
            foreach (double end in (double[])[interval.Lower, interval.Upper])
            {
                svg.Append($"<line x1=\"{N(X(end))}\" x2=\"{N(X(end))}\" y1=\"{N(middle - 3)}\" y2=\"{N(middle + 3)}\" stroke=\"{color}\" stroke-width=\"1.25\"/>");
            }
        }
    }

    private void Smallest()
    {
        if (_report.Configuration.SmallestMargins == 0 || _findings.All(target => target.ThreatModels.All(threat => threat.Examples.All(example => example.Adversarial is null))))
        {
            return;
        }

        _html.Append("<h2>The smallest margins</h2><p>The examples that the smallest perturbations turn into errors. The perturbation is scaled to its own largest element (mid-grey is no change), whose size is given: it would be invisible otherwise.</p>");
        foreach (TargetFindings target in _findings)
        {
            foreach (ThreatFindings threat in target.ThreatModels)
            {
                int[] order = [.. Enumerable.Range(0, threat.Examples.Length).Where(example => threat.Examples[example].Adversarial is not null).OrderBy(example => threat.Examples[example].Margin.Upper).Take(_report.Configuration.SmallestMargins)];
                if (order.Length > 0)
                {
                    _html.Append($"<h3>{Text(target.Target.Label)}, {threat.Options.Norm.Symbol}</h3><div class=\"strip\">");
                    foreach (int example in order)
                    {
                        Sample(target, threat, example);
                    }

                    _html.Append("</div>");
                }
            }
        }
    }

    private void Sample(TargetFindings target, ThreatFindings threat, int index)
    {
        EvaluationExample example = target.Set.Examples[index];
        MarginState state = threat.Examples[index];
        float[] input = target.Set.ReadFloats(index, 1);
        double largest = PerturbationNorm.Linf.Distance(input, state.Adversarial);
        string label = target.Set.Metadata.GroupName(target.Set.GroupOf(index));
        string prediction = ClassName(target, state.AdversarialPrediction!.Value);
        _html.Append("<div class=\"sample\">");
        if (_images)
        {
            IReadOnlyList<int> shape = _report.EvaluationSet.InputShape;
            _html.Append("<div class=\"triple\">");
            Picture(ImageStrip.Image(shape, input, target.Target.Lower, target.Target.Upper), "original", $"Original of {example.Id}");
            Picture(ImageStrip.Perturbation(shape, input, state.Adversarial), $"± {largest:G2}", $"Perturbation of {example.Id}, scaled");
            Picture(ImageStrip.Image(shape, state.Adversarial, target.Target.Lower, target.Target.Upper), "perturbed", $"Perturbed {example.Id}");
            _html.Append("</div>");
        }

        _html.Append($"<p><b>{Text(label)} → {Text(prediction)}</b><br/>margin {Epsilon(state.Margin.Upper, threat.Options.Norm)}<br/><span class=\"soft\">{Text(example.Id)}</span></p></div>");
    }

    private void Picture(string source, string caption, string alternative) =>
        _html.Append($"<div><img src=\"{source}\" alt=\"{Text(alternative)}\"/><span>{Text(caption)}</span></div>");

    private static string ClassName(TargetFindings target, int prediction) =>
        prediction < target.Set.Metadata.ClassNames.Count ? target.Set.Metadata.ClassNames[prediction] : $"class {prediction}";

    private void Reading()
    {
        _html.Append("<h2>How to read this</h2><ul>");
        _html.Append("<li><b>Margin.</b> The norm of the smallest perturbation found that makes the model wrong: an upper bound of the distance to the decision boundary. A stronger attack could find a smaller one; it cannot find a larger one. Examples that are wrong without a perturbation have margin 0.</li>");
        _html.Append("<li><b>Robust accuracy at ε.</b> The share of examples for which every attack failed within radius ε. It too is an upper bound.</li>");
        _html.Append("<li><b>Adversarial.</b> Counted only when the endpoint itself, asked again with the perturbed input within ball and bounds, gave another class.</li>");
        _html.Append("<li><b>Norms.</b> L∞ is the largest change of one input element, L2 the Euclidean length of the whole change, both in input units");
        _html.Append(_eightBit ? "; with inputs in [0, 1], 8/255 = 0.031 is eight steps of an 8-bit image.</li>" : $". The inputs lie in {Text(Targets.ElementBounds.Describe(_report.Targets[0].Bounds))}.</li>");
        _html.Append("<li><b>Worst group.</b> The group with the lowest share among those that have examples; small groups have wide intervals.</li></ul>");
    }

    private void Details()
    {
        _html.Append("<h2>Details</h2><div class=\"scroll\"><table><caption>Targets and attacks</caption><tr><th>target</th><th class=\"left\">norm</th><th class=\"left\">attack</th><th>examples broken</th><th>smallest found</th><th>gradients</th><th>predictions</th><th>seconds</th></tr>");
        foreach (TargetReport target in _report.Targets)
        {
            foreach (ThreatReport threat in target.ThreatModels)
            {
                foreach (AttackSummary attack in threat.Attacks)
                {
                    _html.Append($"<tr><td>{Text(target.Label)}</td><td class=\"left\">{threat.Norm.Symbol}</td><td class=\"left\">{Text(attack.Name)}</td><td>{attack.Broken}</td><td>{attack.Smallest}</td><td>{attack.GradientQueries}</td><td>{attack.PredictionQueries}</td><td>{attack.Seconds:F1}</td></tr>");
                }
            }
        }

        _html.Append("</table></div><p class=\"note\">Each attack runs only on what the ones before it in the list could not break.</p><table><tr><th>target</th><th class=\"left\">endpoint</th><th class=\"left\">gradients from</th><th>refused confirmations</th></tr>");
        foreach (TargetReport target in _report.Targets)
        {
            _html.Append($"<tr><td>{Text(target.Label)}</td><td class=\"left\">{Text(target.Endpoint)}</td><td class=\"left\">{Text(target.Gradients)}</td><td>{target.RefusedConfirmations}</td></tr>");
        }

        _html.Append("</table>");
        foreach (TargetReport target in _report.Targets.Where(target => target.StraightThrough.Count > 0))
        {
            _html.Append(
                $"<p class=\"note\">{Text(target.Label)}: gradients pass {target.StraightThrough.Count} nodes straight through, as if their outputs followed their inputs ({Text(string.Join(", ", target.StraightThrough))}). The true gradient of rounding and quantization is 0 almost everywhere; what attacks find is confirmed by the endpoint all the same.</p>");
        }

        _html.Append($"<details><summary>Configuration, defaults filled in</summary><pre>{Text(ConfigurationFile.Write(_report.Configuration))}</pre></details>");
        _html.Append($"<details><summary>Machine</summary><p>{Text(RuntimeInformation.OSDescription)}, {Environment.ProcessorCount} cores, {Text(RuntimeInformation.FrameworkDescription)}; the audit took {_report.Seconds:F1} s.</p></details>");
    }
}
