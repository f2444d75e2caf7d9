"""The training steps of PythonComparison in PyTorch: a line "step" on standard input is one step, answered by its seconds. Needs Debian's python3-torch and python3-torchvision."""

import math
import sys
import time

import torch
import torchvision
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, mask):
        batch, positions, width = x.shape
        split = lambda y: y.view(batch, positions, self.heads, width // self.heads).transpose(1, 2)
        scores = split(self.query(x)) @ split(self.key(x)).transpose(2, 3) / math.sqrt(width // self.heads) + mask
        return self.output((scores.softmax(-1) @ split(self.value(x))).transpose(1, 2).reshape(batch, positions, width))


class Bert(nn.Module):
    """One layer of BERT-base with a classifier, without dropout."""

    def __init__(self, vocabulary, width=768, heads=12, hidden=3072, positions=512, classes=2):
        super().__init__()
        self.tokens, self.kinds, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(2, width), nn.Embedding(positions, width)
        self.norm, self.attended, self.last = (nn.LayerNorm(width, eps=1e-12) for _ in range(3))
        self.attention = Attention(width, heads)
        self.hidden, self.output = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.pooler, self.classifier = nn.Linear(width, width), nn.Linear(width, classes)

    def forward(self, ids):
        mask = (1 - torch.ones_like(ids, dtype=torch.float32))[:, None, None, :] * torch.finfo(torch.float32).min
        x = self.norm(self.tokens(ids) + self.kinds(torch.zeros_like(ids)) + self.positions(torch.arange(ids.shape[1])))
        x = self.attended(self.attention(x, mask) + x)
        x = self.last(self.output(nn.functional.gelu(self.hidden(x))) + x)
        return self.classifier(torch.tanh(self.pooler(x[:, 0])))


def conv_net():
    """The default ConvNet: four 3x3 convolutions with batch normalisation and ReLU, three of them pooled, and a linear layer on the mean over positions."""
    layers, channels = [], 3
    for index, width in enumerate([32, 64, 128, 128]):
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if index < 3 else []
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def resnet_18():
    """torchvision's ResNet-18 with the stem for small images: a 3x3 convolution of stride 1, no pool."""
    network = torchvision.models.resnet18(num_classes=10)
    network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    network.maxpool = nn.Identity()
    return network


def binary(logits, labels):
    return nn.functional.binary_cross_entropy_with_logits(logits.squeeze(1), labels.to(logits.dtype))


# Network, batch, classes and loss; the sizes are those of PythonComparison.
TRIALS = {
    "mlp": (lambda: nn.Sequential(nn.Linear(392, 300), nn.ReLU(), nn.Linear(300, 300), nn.ReLU(), nn.Linear(300, 1)), lambda: torch.rand(50000, 392), 2, binary),
    "conv-net": (conv_net, lambda: torch.rand(64, 3, 32, 32), 10, nn.functional.cross_entropy),
    "resnet-18": (resnet_18, lambda: torch.rand(32, 3, 32, 32), 10, nn.functional.cross_entropy),
    "bert-layer": (lambda: Bert(1000), lambda: torch.randint(0, 1000, (8, 128)), 2, nn.functional.cross_entropy),
}


def main():
    name, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    create, draw, classes, loss = TRIALS[name]
    network, inputs = create(), draw()
    labels = torch.randint(0, classes, (inputs.shape[0],))
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-3)
    print("ready", torch.__version__, flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        optimizer.zero_grad()
        loss(network(inputs), labels).backward()
        optimizer.step()
        print(time.perf_counter() - started, flush=True)


main()
