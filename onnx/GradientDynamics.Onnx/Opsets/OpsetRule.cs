namespace GradientDynamics.Onnx.Opsets;

/// <summary>A change of an operator between two opsets: how a node in the older form is written in the newer one.</summary>
/// <param name="Operator">The operator in its older form.</param>
/// <param name="From">First opset that has the older form; 9 where it is older than what is read.</param>
/// <param name="Until">First opset that has the newer form.</param>
/// <param name="Change">What becomes another, in one line.</param>
/// <param name="Rewrite">Writes the node in the newer form, or refuses what the older form did not have.</param>
internal sealed record OpsetRule(string Operator, int From, int Until, string Change, Action<OldNode> Rewrite)
{
    public bool Applies(int opset) => From <= opset && opset < Until;
}
