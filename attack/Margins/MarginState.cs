using GradientDynamics.Attack.Attacks;

namespace GradientDynamics.Attack.Margins;

/// <summary>What the search knows of one example so far, and in the end its result.</summary>
internal sealed class MarginState
{
    private readonly List<double> _failed = [];
    private readonly int _label;

    /// <summary>An example of which nothing is known but whether the model gets it wrong unperturbed.</summary>
    public MarginState(int attackCount, bool misclassified, int label)
    {
        _label = label;
        Misclassified = misclassified;
        Margin = misclassified ? InputMargin.Misclassified : new InputMargin(0, double.PositiveInfinity);
        Attacks = [.. Enumerable.Range(0, attackCount).Select(_ => new AttackRecord())];
    }

    /// <summary>Whether the model gets the example wrong unperturbed.</summary>
    public bool Misclassified { get; }

    /// <summary>The bracket.</summary>
    public InputMargin Margin { get; private set; }

    /// <summary>The smallest adversarial, or none.</summary>
    public float[]? Adversarial { get; private set; }

    /// <summary>The endpoint's prediction on the smallest adversarial; none where there is no adversarial.</summary>
    public int? AdversarialPrediction { get; private set; }

    /// <summary>Index of the attack that found it; −1 where there is none.</summary>
    public int Finder { get; private set; } = -1;

    /// <summary>Radii tried since an adversarial is known.</summary>
    public int Bisections { get; set; }

    /// <summary>How many radii succeeded since the last failure.</summary>
    public int SuccessesInARow { get; private set; }

    /// <summary>What each attack did, in the order of the list.</summary>
    public AttackRecord[] Attacks { get; }

    /// <summary>Predictions spent on moving adversarials towards the input.</summary>
    public int LineQueries { get; private set; }

    /// <summary>Time spent on that, in seconds.</summary>
    public double LineSeconds { get; private set; }

    /// <summary>Takes in one attack at one radius; true where it broke the example.</summary>
    public bool Record(int attack, double epsilon, AttackOutcome outcome, double? norm)
    {
        AttackRecord record = Attacks[attack];
        record.GradientQueries += outcome.GradientQueries;
        record.PredictionQueries += outcome.PredictionQueries;
        record.Seconds += outcome.Seconds;
        if (norm is not double distance)
        {
            record.Failed.Add(epsilon);
            return false;
        }

        if (distance < record.Smallest)
        {
            record.Smallest = distance;
            record.SmallestPrediction = outcome.Prediction;
        }

        SuccessesInARow++;
        if (distance < Margin.Upper)
        {
            Finder = attack;
            Accept(outcome.Perturbed, outcome.Prediction, distance);
        }

        return true;
    }

    /// <summary>Every attack failed at this radius.</summary>
    public void RecordFailure(double epsilon)
    {
        _failed.Add(epsilon);
        SuccessesInARow = 0;
        Margin = new InputMargin(LargestBelow(_failed, Margin.Upper), Margin.Upper);
    }

    /// <summary>Takes in one point of the line between input and adversarial.</summary>
    public void RecordLinePoint(ReadOnlySpan<float> point, double norm, int? prediction, double seconds)
    {
        LineQueries++;
        LineSeconds += seconds;
        if (prediction is int wrong && wrong != _label && norm < Margin.Upper)
        {
            Accept(point.ToArray(), wrong, norm);
        }
    }

    /// <summary>Frees the adversarial input; margin and prediction stay.</summary>
    public void ForgetAdversarial() => Adversarial = null;

    private void Accept(float[] adversarial, int prediction, double norm)
    {
        Adversarial = adversarial;
        AdversarialPrediction = prediction;
        // An attack may fail at a radius and succeed at a smaller one: the failures above the new upper end are void.
        Margin = new InputMargin(LargestBelow(_failed, norm), norm);
    }

    private static double LargestBelow(List<double> failed, double upper) => failed.Where(epsilon => epsilon < upper).DefaultIfEmpty(0).Max();
}

/// <summary>What one attack did to one example over all radii.</summary>
internal sealed class AttackRecord
{
    /// <summary>Radii at which it failed.</summary>
    public List<double> Failed { get; } = [];

    /// <summary>Norm of the smallest adversarial that it found itself; infinite where none.</summary>
    public double Smallest { get; set; } = double.PositiveInfinity;

    /// <summary>The endpoint's prediction on it; none where there is none.</summary>
    public int? SmallestPrediction { get; set; }

    /// <summary>The bracket that it established alone; the attacks before it in the list may have left it nothing to do.</summary>
    public InputMargin Margin => new(Failed.Where(epsilon => epsilon < Smallest).DefaultIfEmpty(0).Max(), Smallest);

    /// <summary>Gradients asked.</summary>
    public int GradientQueries { get; set; }

    /// <summary>Predictions asked.</summary>
    public int PredictionQueries { get; set; }

    /// <summary>Share of the time, in seconds.</summary>
    public double Seconds { get; set; }
}
