using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// BatchNormalization. In training it normalises by the batch and moves the running statistics towards the batch's, as
/// torch.nn.BatchNorm2d does: momentum is the weight of the old value here (torch's is that of the new), the running variance takes the
/// batch's unbiased variance. A node that states training_mode itself gives the standard's outputs, with the biased variance.
/// </summary>
internal static class BatchNormalizationExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        BatchNormalizationAttributes normalization = BatchNormalizationAttributes.Of(node);
        double momentum = (double)(1m - (decimal)normalization.Momentum); // 0.1 for 0.9f, not 0.10000002
        return call =>
        {
            if (normalization.TrainingMode)
            {
                RunStandardTraining(normalization, call);
                return;
            }

            if (call[0].dim() == 1)
            {
                // A vector is a batch of one channel.
                using Tensor column = call[0].unsqueeze(1);
                using Tensor normalized = nn.functional.batch_norm(column, call[3], call[4], call[1], call[2], call.Training, momentum, normalization.VarianceOffset);
                call.Return(normalized.squeeze(1));
                return;
            }

            call.Return(nn.functional.batch_norm(call[0], call[3], call[4], call[1], call[2], call.Training, momentum, normalization.VarianceOffset));
        };
    }

    private static void RunStandardTraining(BatchNormalizationAttributes normalization, NodeCall call)
    {
        Tensor x = call[0];
        call.Return(nn.functional.batch_norm(x, null, null, call[1], call[2], training: true, 0, normalization.VarianceOffset));
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long[] reduced = [0, .. Enumerable.Range(2, (int)x.dim() - 2)];
        Tensor mean = x.mean(reduced);
        Tensor variance = x.var(reduced, unbiased: false);
        if (call.Wants(1))
        {
            call.Return(((call[3] * normalization.Momentum) + (mean * (1 - normalization.Momentum))).MoveToOuterDisposeScope(), 1);
        }

        if (call.Wants(2))
        {
            call.Return(((call[4] * normalization.Momentum) + (variance * (1 - normalization.Momentum))).MoveToOuterDisposeScope(), 2);
        }
    }
}
