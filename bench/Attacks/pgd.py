"""L-infinity PGD on the cross-entropy in PyTorch, as AttackComparison does it: one turn for every line on standard input, its seconds on
standard output. Needs Debian's python3-torch and python3-torchvision."""

import sys
import time

import numpy
import torch
import torchvision


def conv_net():
    """The default ConvNet: four 3x3 convolutions with batch normalisation and ReLU, three of them pooled, and a linear layer on the mean over positions."""
    layers, channels = [], 3
    for index, width in enumerate([32, 64, 128, 128]):
        layers += [torch.nn.Conv2d(channels, width, 3, padding=1, bias=False), torch.nn.BatchNorm2d(width), torch.nn.ReLU()]
        layers += [torch.nn.MaxPool2d(2)] if index < 3 else []
        channels = width
    return torch.nn.Sequential(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(channels, 10))


def cifar_2():
    """The network of Gradient Starvation's Figure 2."""
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 12, 5), torch.nn.LeakyReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(12, 32, 5), torch.nn.LeakyReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(800, 240), torch.nn.LeakyReLU(), torch.nn.Linear(240, 192), torch.nn.LeakyReLU(), torch.nn.Linear(192, 2))


def resnet_18():
    """torchvision's ResNet-18 with the stem for small images: a 3x3 convolution of stride 1, no pool."""
    network = torchvision.models.resnet18(num_classes=10)
    network.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
    network.maxpool = torch.nn.Identity()
    return network


NETWORKS = {
    "conv-net": conv_net,
    "cifar-2": cifar_2,
    "resnet-18": resnet_18,
    "mobilenet-v3-small": lambda: torchvision.models.mobilenet_v3_small(num_classes=10),
}


def perturb(network, clean, labels, steps, epsilon):
    lower, upper = (clean - epsilon).clamp(0, 1), (clean + epsilon).clamp(0, 1)
    perturbed = torch.min(torch.max(clean + (2 * torch.rand_like(clean) - 1) * epsilon, lower), upper)
    for _ in range(steps):
        perturbed = perturbed.detach().requires_grad_(True)
        loss = torch.nn.functional.cross_entropy(network(perturbed), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, perturbed)
        with torch.no_grad():
            perturbed = torch.min(torch.max(perturbed + gradient.sign() * (0.5 * epsilon), lower), upper)
    return perturbed


def main():
    name, file, examples, side, steps, epsilon, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    network = NETWORKS[name]().eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    clean = torch.from_numpy(numpy.fromfile(file, dtype=numpy.float32)).reshape(int(examples), 3, int(side), int(side))
    labels = network(clean).argmax(1)
    print("ready", torch.__version__, flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        perturb(network, clean, labels, int(steps), float(epsilon))
        print(time.perf_counter() - started, flush=True)


main()
