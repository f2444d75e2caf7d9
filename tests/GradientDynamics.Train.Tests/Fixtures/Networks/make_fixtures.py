"""Small networks of torchvision, and BERT after Hugging Face's names, as weights (safetensors) with expected logits and input gradients.

Made with Debian 12's python3-torch 1.13.0 and python3-torchvision 0.14.1:  /usr/bin/python3 make_fixtures.py
Expected numbers are computed in double precision from the weights as they are stored. The exporter's files (*.onnx) are torch's own.
"""
import json
import math
import struct

import torch
import torchvision
from torch import nn
from torchvision.models.densenet import DenseNet
from torchvision.models.mobilenetv3 import mobilenet_v3_small
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from torchvision.models.vision_transformer import VisionTransformer

NAMES = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def write(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        tensor = tensor.detach().contiguous()
        raw = tensor.view(torch.int16).numpy().tobytes() if tensor.dtype == torch.bfloat16 else tensor.numpy().tobytes()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def randomize(model, seed):
    """Weights and statistics at which nothing is 0 or 1 by convention."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if not tensor.is_floating_point():
            continue
        if name.endswith("running_var"):
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
        elif tensor.dim() == 1:
            noise = torch.randn(tensor.shape, generator=generator)
            tensor.copy_((1 if name.endswith("weight") or name.endswith("gamma") else 0) + 0.1 * noise)
        else:
            fan_in = max(1, tensor[0].numel())
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * math.sqrt(1.5 / fan_in))


def save(name, model, inputs, dtype, rename=lambda key: key):
    model.to(dtype).to(torch.float32)
    model.eval()
    state = {rename(key): value.to(dtype) if value.is_floating_point() else value for key, value in model.state_dict().items()}
    write(f"{name}.safetensors", state)
    model.double()
    expected = {}
    if inputs[0].is_floating_point():
        point = inputs[0].double().requires_grad_()
        logits = model(point)
        (logits * torch.arange(1, logits.shape[1] + 1)).sum().backward()
        expected["input_gradient"] = point.grad.float()
    else:
        logits = model(*inputs)
    expected["logits"] = logits
    for index, value in enumerate(inputs):
        expected[f"input{index}"] = value
    write(f"{name}.expected.safetensors", expected)
    model.float()


def resnet(block, layers, width, classes):
    """torchvision's class and blocks with stages of `width`, 2, 4 and 8 times `width`."""
    model = ResNet(block, layers, num_classes=classes)
    model.inplanes = 64
    for stage in range(4):
        setattr(model, f"layer{stage + 1}", model._make_layer(block, width << stage, layers[stage], stride=1 if stage == 0 else 2))
    model.fc = nn.Linear((width << 3) * block.expansion, classes)
    return model


class SelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x, mask):
        batch, positions, width = x.shape
        split = lambda y: y.view(batch, positions, self.heads, width // self.heads).transpose(1, 2)
        scores = split(self.query(x)) @ split(self.key(x)).transpose(2, 3) / math.sqrt(width // self.heads) + mask
        return (scores.softmax(-1) @ split(self.value(x))).transpose(1, 2).reshape(batch, positions, width)


class Bert(nn.Module):
    """BertForSequenceClassification as its description says, in evaluation, under its names."""

    def __init__(self, vocabulary, width, layers, heads, hidden, positions, classes):
        super().__init__()
        norm = lambda: nn.LayerNorm(width, eps=1e-12)
        body = nn.ModuleDict()
        body["embeddings"] = nn.ModuleDict({
            "word_embeddings": nn.Embedding(vocabulary, width), "position_embeddings": nn.Embedding(positions, width),
            "token_type_embeddings": nn.Embedding(2, width), "LayerNorm": norm()})
        body["encoder"] = nn.ModuleDict({"layer": nn.ModuleList(
            nn.ModuleDict({
                "attention": nn.ModuleDict({"self": SelfAttention(width, heads), "output": nn.ModuleDict({"dense": nn.Linear(width, width), "LayerNorm": norm()})}),
                "intermediate": nn.ModuleDict({"dense": nn.Linear(width, hidden)}),
                "output": nn.ModuleDict({"dense": nn.Linear(hidden, width), "LayerNorm": norm()})})
            for _ in range(layers))})
        body["pooler"] = nn.ModuleDict({"dense": nn.Linear(width, width)})
        self.bert = body
        self.classifier = nn.Linear(width, classes)

    def forward(self, ids, mask, types):
        tables = self.bert["embeddings"]
        x = tables["word_embeddings"](ids) + tables["token_type_embeddings"](types) + tables["position_embeddings"](torch.arange(ids.shape[1]))
        x = tables["LayerNorm"](x)
        added = (1 - mask[:, None, None, :].to(x.dtype)) * torch.finfo(torch.float32).min
        for layer in self.bert["encoder"]["layer"]:
            attention = layer["attention"]
            x = attention["output"]["LayerNorm"](attention["output"]["dense"](attention["self"](x, added)) + x)
            x = layer["output"]["LayerNorm"](layer["output"]["dense"](nn.functional.gelu(layer["intermediate"]["dense"](x))) + x)
        return self.classifier(torch.tanh(self.bert["pooler"]["dense"](x[:, 0])))


def images(seed, *shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


with torch.no_grad():
    models = {
        "resnet-18": (resnet(BasicBlock, [2, 2, 2, 2], 2, 3), torch.float16),
        "resnet-34": (resnet(BasicBlock, [3, 4, 6, 3], 2, 3), torch.float16),
        "resnet-50": (resnet(Bottleneck, [3, 4, 6, 3], 2, 3), torch.float16),
        "mobilenet-v3-small": (mobilenet_v3_small(width_mult=0.1, num_classes=4), torch.float16),
        "densenet": (DenseNet(4, (2, 3, 2), 8, 2, num_classes=3), torch.bfloat16),
        "vision-transformer": (VisionTransformer(16, 4, 2, 2, 8, 16, num_classes=3), torch.float32),
        "bert": (Bert(20, 8, 2, 2, 16, 12, 3), torch.float64),
    }
    for index, (model, _) in enumerate(models.values()):
        randomize(model, index + 1)

sides = {"vision-transformer": 16}
for name, (model, dtype) in models.items():
    if name == "bert":
        generator = torch.Generator().manual_seed(9)
        ids = torch.randint(1, 20, (3, 7), generator=generator)
        mask = torch.ones(3, 7, dtype=torch.int64)
        mask[1, 5:] = 0
        mask[2, 2:] = 0
        types = (torch.arange(7)[None] >= torch.tensor([[7], [3], [1]])).to(torch.int64)
        save(name, model, (ids, mask, types), dtype, lambda key: key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"))
    else:
        side = sides.get(name, 24)
        save(name, model, (images(7, 2, 3, side, side),), dtype)


class Classifier(nn.Sequential):
    """What exporters differ in: BatchNorm, Dropout, a last Linear."""

    def __init__(self, dropout):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU()
        self.depthwise = nn.Conv2d(4, 4, 3, stride=2, padding=1, groups=4, bias=False)
        self.bn2 = nn.BatchNorm2d(4)
        self.tanh = nn.Tanh()
        self.pool = nn.AvgPool2d(2)
        if dropout:
            self.dropout = nn.Dropout(0.3)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(16, 3)


def export(name, model, inputs, **settings):
    torch.onnx.export(model, inputs, f"{name}.onnx", opset_version=17, input_names=["pixels"], output_names=["scores"], **settings)


dynamic = {"pixels": {0: "n"}, "scores": {0: "n"}}
pixels = images(21, 6, 3, 8, 8)
labels = torch.arange(6) % 3

# Fresh: equal parameters of the two normalisations are stored once, with Identity nodes.
torch.manual_seed(5)
fresh = Classifier(dropout=False)
fresh.eval()
export("classifier", fresh, pixels, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, dynamic_axes=dynamic)
expected = {"input0": pixels, "labels": labels, "logits": fresh(pixels)}
fresh.train()
optimizer = torch.optim.SGD(fresh.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    nn.functional.cross_entropy(fresh(pixels), labels).backward()
    optimizer.step()
fresh.eval()
expected["trained.logits"] = fresh(pixels)
expected |= {f"trained.{key}": value for key, value in fresh.state_dict().items() if value.is_floating_point()}
write("classifier.expected.safetensors", expected)

# The exporter's defaults: BatchNorm folded, for batches of the example's size.
torch.manual_seed(6)
folded = Classifier(dropout=True)
with torch.no_grad():
    randomize(folded, 30)
folded.eval()
write("classifier-folded.expected.safetensors", {"input0": pixels, "logits": folded(pixels)})
export("classifier-folded", nn.Sequential(folded, nn.Softmax(1)), pixels[:1])

# From a training state: nodes that train by themselves. Tracing moves the statistics before they are written.
folded.train()
export("classifier-training", folded, pixels, training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False, dynamic_axes=dynamic)
folded.eval()
write("classifier-training.expected.safetensors", {"input0": pixels, "logits": folded(pixels)})


class Mixer(nn.Module):
    """Linear layers over more than two dimensions: transposed weights, MatMul and Add."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 8)
        self.last = nn.Linear(8, 3)

    def forward(self, x):
        return self.last(torch.tanh(self.first(x.flatten(2).mean(1, keepdim=True)))).flatten(1)


torch.manual_seed(7)
mixer = Mixer()
export("mixer", mixer, pixels, dynamic_axes=dynamic)
write("mixer.expected.safetensors", {"input0": pixels, "logits": mixer(pixels)})
