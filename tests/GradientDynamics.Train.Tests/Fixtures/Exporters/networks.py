"""Small networks as users of PyTorch write them, and how a case is written: the model, its inputs, and what PyTorch says of them.

A case is a folder in the layout of ONNX's backend tests, with three files more:
  model.onnx                    the exported model
  test_data_set_0/input_K.pb    its inputs, TensorProto, in the graph's order
  test_data_set_0/output_0.pb   the logits, computed by PyTorch in double precision
  labels.pb                     one class per example
  input_gradient.pb             gradient of the cross-entropy, summed over the batch, by PyTorch's autograd in double precision
  case.json                     the exporter, its opset, and which value the gradient is taken with respect to
"""
import json
import os

import numpy
import onnx
import torch
from onnx import numpy_helper
from torch import nn

CLASSES = 5


class BasicBlock(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or channels_in != channels:
            self.downsample = nn.Sequential(nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(out)) + identity)


class ResNet(nn.Module):
    """A residual network with ImageNet's stem; input [batch, 3, 16, 16]."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(8, 8, 1))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(16, CLASSES)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.avgpool(self.layer2(self.layer1(x)))
        return self.fc(self.dropout(torch.flatten(x, 1)))


class InvertedResidual(nn.Module):
    def __init__(self, channels, expanded, kernel, stride, activation):
        super().__init__()
        self.expand = nn.Sequential(nn.Conv2d(channels, expanded, 1, bias=False), nn.BatchNorm2d(expanded, eps=0.001), activation)
        self.depthwise = nn.Sequential(
            nn.Conv2d(expanded, expanded, kernel, stride, kernel // 2, groups=expanded, bias=False), nn.BatchNorm2d(expanded, eps=0.001), activation)
        self.squeeze = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(expanded, 4, 1), nn.ReLU(), nn.Conv2d(4, expanded, 1), nn.Hardsigmoid())
        self.project = nn.Sequential(nn.Conv2d(expanded, channels, 1, bias=False), nn.BatchNorm2d(channels, eps=0.001))
        self.residual = stride == 1

    def forward(self, x):
        out = self.depthwise(self.expand(x))
        out = self.project(self.squeeze(out) * out)
        return out + x if self.residual else out


class MobileNet(nn.Module):
    """Depthwise convolutions, squeeze and excitation, hard swish; input [batch, 3, 16, 16]."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8, eps=0.001), nn.Hardswish())
        self.blocks = nn.Sequential(InvertedResidual(8, 16, 3, 1, nn.Hardswish()), InvertedResidual(8, 24, 5, 2, nn.ReLU6()))
        self.classifier = nn.Sequential(nn.Linear(8, 16), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(16, CLASSES))

    def forward(self, x):
        x = self.blocks(self.stem(x))
        return self.classifier(x.mean([2, 3]))


class DenseLayer(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, 2 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(2 * growth)
        self.conv2 = nn.Conv2d(2 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x):
        out = self.conv1(torch.relu(self.norm1(x)))
        return torch.cat([x, self.conv2(torch.relu(self.norm2(out)))], 1)


class DenseNet(nn.Module):
    """BatchNormalization before convolutions, concatenation, average pooling with a remainder; input [batch, 3, 15, 15]."""

    def __init__(self):
        super().__init__()
        self.conv0 = nn.Conv2d(3, 6, 3, padding=1, bias=False)
        self.block1 = nn.Sequential(DenseLayer(6, 4), DenseLayer(10, 4))
        self.transition = nn.Sequential(nn.BatchNorm2d(14), nn.ReLU(), nn.Conv2d(14, 7, 1, bias=False), nn.AvgPool2d(2, 2, ceil_mode=False))
        self.block2 = nn.Sequential(DenseLayer(7, 4))
        self.norm5 = nn.BatchNorm2d(11)
        self.classifier = nn.Linear(11, CLASSES)

    def forward(self, x):
        x = torch.relu(self.norm5(self.block2(self.transition(self.block1(self.conv0(x))))))
        return self.classifier(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        batch, length, width = x.shape
        qkv = self.qkv(x).reshape(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        scores = (q @ k.transpose(-2, -1)) * (width // self.heads) ** -0.5
        out = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width)
        return self.proj(out)


class VisionTransformer(nn.Module):
    """Patches, class token, pre-norm blocks; input [batch, 3, 16, 16]."""

    def __init__(self, width=16, heads=4, depth=2, patch=4, size=16):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, width, patch, patch)
        self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, (size // patch) ** 2 + 1, width))
        self.blocks = nn.ModuleList()
        for _ in range(depth):
            self.blocks.append(nn.ModuleDict({
                "norm1": nn.LayerNorm(width, eps=1e-6), "attn": Attention(width, heads), "norm2": nn.LayerNorm(width, eps=1e-6),
                "mlp": nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))}))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, CLASSES)

    def forward(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + self.pos_embed
        for block in self.blocks:
            x = x + block["attn"](block["norm1"](x))
            x = x + block["mlp"](block["norm2"](x))
        return self.head(self.norm(x)[:, 0])


class BertLayer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=1e-12)
        self.intermediate = nn.Linear(width, inner)
        self.dense = nn.Linear(inner, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)

    def split(self, x):
        return x.view(x.size(0), x.size(1), self.heads, x.size(2) // self.heads).permute(0, 2, 1, 3)

    def forward(self, x, mask):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / (q.size(-1) ** 0.5) + mask
        context = torch.matmul(self.dropout(scores.softmax(-1)), v).permute(0, 2, 1, 3).contiguous()
        x = self.norm1(x + self.dropout(self.output(context.view(x.size()))))
        return self.norm2(x + self.dropout(self.dense(nn.functional.gelu(self.intermediate(x)))))


class Bert(nn.Module):
    """Word, position and type embeddings, an additive mask, a pooler; inputs [batch, sequence] of integers."""

    def __init__(self, words=40, positions=12, width=16, heads=2, depth=2):
        super().__init__()
        self.words = nn.Embedding(words, width, padding_idx=0)
        self.positions = nn.Embedding(positions, width)
        self.types = nn.Embedding(2, width)
        self.register_buffer("position_ids", torch.arange(positions).expand((1, -1)))
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)
        self.layers = nn.ModuleList([BertLayer(width, heads, 2 * width) for _ in range(depth)])
        self.pooler = nn.Linear(width, width)
        self.classifier = nn.Linear(width, CLASSES)
        self.embeddings = None

    def forward(self, input_ids, attention_mask, token_type_ids):
        ids = self.position_ids[:, :input_ids.size(1)]
        x = self.words(input_ids) + self.types(token_type_ids) + self.positions(ids)
        if self.embeddings is not None:
            x = self.embeddings
        mask = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * -10000.0
        x = self.dropout(self.norm(x))
        for layer in self.layers:
            x = layer(x, mask)
        return self.classifier(self.dropout(torch.tanh(self.pooler(x[:, 0]))))

    def embed(self, input_ids, token_type_ids):
        return self.words(input_ids) + self.types(token_type_ids) + self.positions(self.position_ids[:, :input_ids.size(1)])


class Decoder(nn.Module):
    """Padding by reflection, up-sampling (nearest and bilinear), normalisation of groups and instances; input [batch, 3, 6, 6]."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.ELU())
        self.conv2 = nn.Sequential(nn.Conv2d(8, 6, 3, padding=1), nn.InstanceNorm2d(6, affine=True), nn.PReLU(6))
        self.up = nn.ConvTranspose2d(6, 4, 4, 2, 1)
        self.fc = nn.Linear(4 * 4, CLASSES)

    def forward(self, x):
        x = nn.functional.interpolate(self.conv1(x), scale_factor=2, mode="nearest")
        x = nn.functional.interpolate(self.conv2(x), size=(9, 9), mode="bilinear", align_corners=False)
        x = nn.functional.softplus(self.up(x))
        return self.fc(nn.functional.max_pool2d(x, 9, 9).flatten(1))


def randomize(module, seed):
    """Running statistics and affine weights of normalisations away from their defaults, with which a wrong one could pass."""
    generator = torch.Generator().manual_seed(seed)
    for each in module.modules():
        if isinstance(each, (nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)):
            with torch.no_grad():
                each.weight.copy_(0.5 + torch.rand(each.weight.shape, generator=generator))
                each.bias.copy_(torch.rand(each.bias.shape, generator=generator) - 0.5)
        if isinstance(each, nn.BatchNorm2d):
            each.running_mean.copy_(torch.rand(each.running_mean.shape, generator=generator) - 0.5)
            each.running_var.copy_(0.5 + torch.rand(each.running_var.shape, generator=generator))
    return module.eval()


def build(kind, seed):
    torch.manual_seed(seed)
    return randomize(kind(), seed + 1)


def images(shape, seed):
    return torch.rand((4, *shape), generator=torch.Generator().manual_seed(seed))


def sentences(seed):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, 40, (4, 9), generator=generator)
    lengths = [9, 7, 4, 9]
    mask = torch.tensor([[1] * length + [0] * (9 - length) for length in lengths])
    types = torch.tensor([[0] * (length // 2) + [1] * (9 - length // 2) for length in lengths])
    return ids * mask, mask, types


LABELS = torch.tensor([0, 3, 4, 1])


def loss_of(logits):
    return nn.functional.cross_entropy(logits, LABELS, reduction="sum")


def image_truth(model, x, double=True):
    """Logits and input gradient; in double precision unless rounding is part of the model."""
    model = model.double() if double else model
    x = (x.double() if double else x).clone().requires_grad_()
    logits = model(x)
    gradient, = torch.autograd.grad(loss_of(logits), x)
    return logits.detach().float(), gradient.float()


def text_truth(model, ids, mask, types):
    """Logits and the gradient with respect to the sum of the embeddings."""
    model = model.double()
    embeddings = model.embed(ids, types).detach().requires_grad_()
    model.embeddings = embeddings
    logits = model(ids, mask, types)
    gradient, = torch.autograd.grad(loss_of(logits), embeddings)
    model.embeddings = None
    return logits.detach().float(), gradient.float()


def write_case(folder, inputs, logits, gradient, **facts):
    data = os.path.join(folder, "test_data_set_0")
    os.makedirs(data, exist_ok=True)

    def save(tensor, path, name):
        with open(path, "wb") as file:
            file.write(numpy_helper.from_array(numpy.ascontiguousarray(tensor.numpy()), name).SerializeToString())

    for index, (name, tensor) in enumerate(inputs):
        save(tensor, os.path.join(data, f"input_{index}.pb"), name)
    save(logits, os.path.join(data, "output_0.pb"), "logits")
    save(LABELS, os.path.join(folder, "labels.pb"), "labels")
    save(gradient, os.path.join(folder, "input_gradient.pb"), "input_gradient")
    with open(os.path.join(folder, "case.json"), "w") as file:
        json.dump(facts, file, indent=2)
        file.write("\n")


def embeddings_value(path):
    """The value that enters the first layer normalisation: the sum of the embeddings."""
    graph = onnx.load(path).graph
    return next(node.input[0] for node in graph.node if node.op_type in ("LayerNormalization", "ReduceMean"))
