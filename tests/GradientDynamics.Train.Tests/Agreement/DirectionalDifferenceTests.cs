using GradientDynamics.Train.Agreement;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Agreement;

public sealed class DirectionalDifferenceTests
{
    [Fact]
    public void The_gradient_of_a_sum_of_exponentials_agrees()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor point = linspace(-1, 1, 20, ScalarType.Float64);

        DirectionalDifference difference = DirectionalDifference.Measure(point, point.exp(), SumOf(x => x.exp()), new Random(1));

        difference.Obstacle.ShouldBeNull();
        difference.Holds.ShouldBeTrue();
    }

    // One element of twenty is wrong by a thousandth: far below what any fault of an operator does.
    [Fact]
    public void An_error_in_one_element_shows()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor point = linspace(-1, 1, 20, ScalarType.Float64);
        Tensor wrong = point.exp();
        wrong[7] *= 1.001;

        DirectionalDifference difference = DirectionalDifference.Measure(point, wrong, SumOf(x => x.exp()), new Random(1));

        difference.Obstacle.ShouldBeNull();
        difference.Holds.ShouldBeFalse();
    }

    [Fact]
    public void A_gradient_that_is_not_a_number_never_holds()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor point = ones(3, ScalarType.Float64);

        DirectionalDifference difference = DirectionalDifference.Measure(point, point * double.NaN, SumOf(x => x.exp()), new Random(1));

        difference.Obstacle.ShouldBeNull();
        difference.Holds.ShouldBeFalse();
    }

    [Fact]
    public void A_kink_is_named_and_not_judged()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor point = zeros(3, ScalarType.Float64);

        DirectionalDifference difference = DirectionalDifference.Measure(point, ones_like(point), SumOf(x => x.abs()), new Random(1));

        difference.Obstacle.ShouldNotBeNull().ShouldContain("kink");
    }

    [Fact]
    public void A_kink_within_the_step_of_one_element_of_many_is_passed_by_with_a_shorter_step()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor point = ones(10_000, ScalarType.Float64);
        point[5] = 3e-6;

        DirectionalDifference difference = DirectionalDifference.Measure(point, point.sign(), SumOf(x => x.abs()), new Random(1));

        difference.Obstacle.ShouldBeNull();
        difference.Holds.ShouldBeTrue();
    }

    private static Func<Tensor, (double Value, double Magnitude)?> SumOf(Func<Tensor, Tensor> function) => x =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor terms = function(x);
        return (terms.sum().item<double>(), terms.abs().sum().item<double>());
    };
}
