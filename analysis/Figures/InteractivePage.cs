using System.Globalization;
using System.Text;
using GradientDynamics.Analysis.DoubleDescent;

namespace GradientDynamics.Analysis.Figures;

/// <summary>The phase diagram as one HTML file with sliders for κ, σ, λ and n/d; the curves are computed beforehand, so that it needs no server.</summary>
internal static class InteractivePage
{
    private const int Dimension = 100;
    private const int FastDimension = 70;
    private static readonly double[] Kappas = [1, 3, 10, 30, 100, 1000, 1e5];
    private static readonly double[] Deviations = [0, 0.1, 0.2, 0.4];
    private static readonly double[] Lambdas = [0, 1e-4, 1e-3, 1e-2, 0.1];
    private static readonly double[] Ratios = [0.6, 0.9, 1.1, 1.5, 2.5];

    /// <summary>The page.</summary>
    public static string Write(CancellationToken cancellationToken)
    {
        double[] times = Grid.Logarithmic(0.1, 1e8, 73);
        StringBuilder data = new();
        data.Append(CultureInfo.InvariantCulture, $"{{\"kappa\":{List(Kappas)},\"sigma\":{List(Deviations)},\"lambda\":{List(Lambdas)},\"ratio\":{List(Ratios)},\"time\":{List(times)},\"curves\":[");
        bool first = true;
        foreach (double kappa in Kappas)
        {
            foreach (double deviation in Deviations)
            {
                foreach (double lambda in Lambdas)
                {
                    foreach (double ratio in Ratios)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        TeacherStudent problem = TeacherStudent.Bipartite((int)Math.Round(ratio * Dimension), Dimension, FastDimension, kappa) with { NoiseVariance = deviation * deviation, Lambda = lambda };
                        OrderParameters[] joint = [.. times.Select(time => ScalarFormula.Joint.At(problem, time))];
                        OrderParameters[] published = [.. times.Select(time => ScalarFormula.Published.At(problem, time))];
                        data.Append(first ? "" : ",").Append('[').Append(Curve(joint)).Append(',').Append(Curve(published)).Append(']');
                        first = false;
                    }
                }
            }
        }

        return Template.Replace("DATA", data.Append("]}").ToString(), StringComparison.Ordinal);
    }

    // R and Q to four decimals, less than a pixel.
    private static string Curve(IReadOnlyList<OrderParameters> path)
        => $"[[{string.Join(',', path.Select(point => Short(point.R)))}],[{string.Join(',', path.Select(point => Short(point.Q)))}]]";

    private static string Short(double value) => Math.Round(value, 4).ToString(CultureInfo.InvariantCulture);

    private static string List(IEnumerable<double> values) => $"[{string.Join(',', values.Select(value => value.ToString("G5", CultureInfo.InvariantCulture)))}]";

    private const string Template = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Phase diagram of double descent</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 1140px; margin: 2em auto; padding: 0 1em; color: #222; background: #fff; }
        .row { display: flex; flex-wrap: wrap; gap: 1.5em; }
        label { display: inline-block; min-width: 250px; } input { width: 150px; vertical-align: middle; } output { font-variant-numeric: tabular-nums; }
        canvas { max-width: 100%; height: auto; }
        </style></head><body>
        <h1>Phase diagram of double descent</h1>
        <p>Trajectories of training in the plane of alignment R and modulated norm Q, over the generalisation error (1 + Q − 2R)/2, and the error over time. Solid: the joint formula; dashed: the published one. d = 100, 70 fast features.</p>
        <div class="row" id="controls"></div>
        <div class="row"><canvas id="plane" width="540" height="460"></canvas><canvas id="curve" width="540" height="460"></canvas></div>
        <p id="summary" role="status"></p>
        <script>
        const data = DATA;
        const names = [["kappa", "κ", 4], ["sigma", "σ", 0], ["lambda", "λ", 0], ["ratio", "n/d", 2]];
        const index = {};
        for (const [key, symbol, start] of names) {
          const label = document.createElement("label"), input = document.createElement("input"), output = document.createElement("output");
          Object.assign(input, { type: "range", min: 0, max: data[key].length - 1, value: start, step: 1 });
          input.setAttribute("aria-label", symbol);
          index[key] = start;
          const show = () => { index[key] = +input.value; output.value = " " + symbol + " = " + data[key][index[key]]; };
          input.oninput = () => { show(); draw(); };
          label.append(input, output); document.getElementById("controls").append(label); show();
        }
        const viridis = [[68,1,84],[59,82,139],[33,145,140],[94,201,98],[253,231,37]];
        const color = v => { const x = Math.min(.9999, Math.max(0, v)) * 4, i = Math.floor(x), f = x - i; return viridis[i].map((a, k) => Math.round(a + f * (viridis[i + 1][k] - a))); };
        const power = v => "10" + String(Math.round(Math.log10(v))).replace(/./g, d => d === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]);
        const number = v => { const e = v === 0 ? 0 : Math.floor(Math.log10(Math.abs(v))); return e < -3 || e > 3 ? (v / 10 ** e).toFixed(1) + "·" + power(10 ** e) : String(+v.toPrecision(3)); };
        const box = { left: 52, right: 525, top: 15, bottom: 415 };
        function axes(c, xs, ys, x, y, xText, yText, xLabel) {
          c.strokeStyle = "#222"; c.fillStyle = "#222"; c.lineWidth = 1; c.font = "13px system-ui, sans-serif"; c.setLineDash([]);
          c.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
          c.textAlign = "center"; for (const v of xs) c.fillText(xLabel(v), x(v), box.bottom + 17);
          c.fillText(xText, (box.left + box.right) / 2, box.bottom + 38);
          c.textAlign = "right"; for (const v of ys) c.fillText(v, box.left - 5, y(v) + 4);
          c.save(); c.translate(13, (box.top + box.bottom) / 2); c.rotate(-Math.PI / 2); c.textAlign = "center"; c.fillText(yText, 0, 0); c.restore();
        }
        function line(c, xs, ys, x, y, stroke, dash) {
          c.save(); c.beginPath(); c.rect(box.left, box.top, box.right - box.left, box.bottom - box.top); c.clip();
          c.beginPath(); c.strokeStyle = stroke; c.lineWidth = 2.5; c.setLineDash(dash); xs.forEach((v, i) => i ? c.lineTo(x(v), y(ys[i])) : c.moveTo(x(v), y(ys[i]))); c.stroke(); c.restore();
        }
        function draw() {
          const at = ((index.kappa * data.sigma.length + index.sigma) * data.lambda.length + index.lambda) * data.ratio.length + index.ratio;
          const [joint, published] = data.curves[at], error = p => p[0].map((r, i) => (1 + p[1][i] - 2 * r) / 2);
          let c = document.getElementById("plane").getContext("2d"); c.clearRect(0, 0, 540, 460);
          const qTop = Math.max(1.3, 1.05 * Math.max(...joint[1]));
          let x = v => box.left + v / 1.05 * (box.right - box.left), y = v => box.bottom - v / qTop * (box.bottom - box.top);
          for (let i = 0; i < 60; i++) for (let j = 0; j < 60; j++) { const r = (i + .5) / 60 * 1.05, q = (j + .5) / 60 * qTop; c.fillStyle = "rgb(" + color((1 + q - 2 * r) / 2) + ")"; c.fillRect(x(i / 60 * 1.05), y((j + 1) / 60 * qTop), 9, 8); }
          c.clearRect(box.right, 0, 20, 460); c.clearRect(0, box.bottom, 540, 60);
          axes(c, [0, .2, .4, .6, .8, 1], [0, .25, .5, .75, 1, 1.25].filter(v => v < qTop), x, y, "R", "Q", v => v);
          line(c, published[0], published[1], x, y, "#fff", [7, 5]); line(c, joint[0], joint[1], x, y, "#fff", []); line(c, joint[0], joint[1], x, y, "#D55E00", [12, 0]);
          c = document.getElementById("curve").getContext("2d"); c.clearRect(0, 0, 540, 460);
          const e = error(joint), top = Math.max(.55, Math.min(2, 1.05 * Math.max(...e)));
          x = v => box.left + (Math.log10(v) + 1) / 9 * (box.right - box.left); y = v => box.bottom - v / top * (box.bottom - box.top);
          axes(c, [.1, 10, 1e3, 1e5, 1e7], [0, .1, .2, .3, .4, .5, 1, 1.5].filter(v => v < top), x, y, "training time t", "generalisation error", power);
          line(c, data.time, error(published), x, y, "#0072B2", [7, 5]); line(c, data.time, e, x, y, "#D55E00", []);
          const low = Math.min(...e), when = data.time[e.indexOf(low)];
          document.getElementById("summary").textContent = "Joint formula: smallest error " + number(low) + " at t = " + number(when) + ", at the end " + number(e[e.length - 1]) + ".";
        }
        draw();
        </script></body></html>

        """;
}
