"""Features as torch saves them before and since version 1.6, and a BERT after four steps of fine-tuning.

Made with Debian 12's python3-torch 1.13.0:  /usr/bin/python3 make_fixtures.py
The network and its first weights are those of ../Networks (bert.safetensors, stored in double precision).
"""
import json
import math
import pathlib
import struct
import sys
import types

import torch
from torch import nn

LENGTH = 8
PAIRS = [([2, 5, 6, 3, 7, 3], 4, 0), ([2, 300, 3, 9, 4, 70000, 3], 3, 2), ([2, 5, 3], 3, 1)]


class InputFeatures(object):
    def __init__(self, ids, first, label):
        rest = LENGTH - len(ids)
        self.input_ids = ids + [0] * rest
        self.input_mask = [1] * len(ids) + [0] * rest
        self.segment_ids = [0] * first + [1] * (len(ids) - first) + [0] * rest
        self.label_id = label


InputFeatures.__module__ = "utils_glue"
module = types.ModuleType("utils_glue")
module.InputFeatures = InputFeatures
sys.modules["utils_glue"] = module
features = [InputFeatures(*pair) for pair in PAIRS]
torch.save(features, "features-legacy", _use_new_zipfile_serialization=False)
torch.save(features, "features-zip")
torch.save([nn.Linear(1, 1)], "features-other")

FORMATS = {"F64": (torch.float64, 8), "F32": (torch.float32, 4), "I64": (torch.int64, 8)}


def read(path):
    raw = pathlib.Path(path).read_bytes()
    length, = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8:8 + length])
    header.pop("__metadata__", None)
    data = raw[8 + length:]
    return {name: torch.frombuffer(bytearray(data[t["data_offsets"][0]:t["data_offsets"][1]]), dtype=FORMATS[t["dtype"]][0]).reshape(t["shape"]) for name, t in header.items()}


def write(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().contiguous().float().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def forward(w, ids, mask, types):
    heads, layers = 2, 2
    norm = lambda x, name: nn.functional.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], 1e-12)
    linear = lambda x, name: nn.functional.linear(x, w[name + ".weight"], w[name + ".bias"])
    table = lambda name: w[f"bert.embeddings.{name}.weight"]
    x = table("word_embeddings")[ids] + table("token_type_embeddings")[types] + table("position_embeddings")[:ids.shape[1]]
    x = norm(x, "bert.embeddings.LayerNorm")
    added = (1 - mask[:, None, None, :].to(x.dtype)) * torch.finfo(torch.float32).min
    for layer in range(layers):
        name = f"bert.encoder.layer.{layer}"
        batch, positions, width = x.shape
        split = lambda part: linear(x, f"{name}.attention.self.{part}").view(batch, positions, heads, width // heads).transpose(1, 2)
        scores = split("query") @ split("key").transpose(2, 3) / math.sqrt(width // heads) + added
        context = (scores.softmax(-1) @ split("value")).transpose(1, 2).reshape(batch, positions, width)
        x = norm(linear(context, f"{name}.attention.output.dense") + x, f"{name}.attention.output.LayerNorm")
        x = norm(linear(nn.functional.gelu(linear(x, f"{name}.intermediate.dense")), f"{name}.output.dense") + x, f"{name}.output.LayerNorm")
    return linear(torch.tanh(linear(x[:, 0], "bert.pooler.dense")), "classifier")


def named(name):
    name = name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
    return name if name.startswith(("bert.", "classifier.")) else "bert." + name


weights = {named(name): tensor.double().requires_grad_() for name, tensor in read("../Networks/bert.safetensors").items() if tensor.is_floating_point()}
batch = [([2, 5, 6, 3, 7, 3], 4, 0), ([2, 11, 3, 9, 4, 12, 3], 3, 2), ([2, 5, 3], 3, 1), ([2, 15, 16, 3], 4, 0)]
length = max(len(ids) for ids, _, _ in batch)
ids = torch.tensor([row + [0] * (length - len(row)) for row, _, _ in batch])
mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row, _, _ in batch])
kinds = torch.tensor([[0] * first + [1] * (len(row) - first) + [0] * (length - len(row)) for row, first, _ in batch])
labels = torch.tensor([label for _, _, label in batch])
# As the published code of Idrissi et al. has it for JTT's second stage: biases and LayerNorm decay, the rest does not; epsilon 1e-8, the gradient's norm cut to 1, the rate falling to 0.
decays = lambda name: name.endswith(".bias") or name.endswith("LayerNorm.weight")
steps = 4
optimizer = torch.optim.AdamW(
    [{"params": [w for name, w in weights.items() if decays(name)], "weight_decay": 0.1}, {"params": [w for name, w in weights.items() if not decays(name)], "weight_decay": 0.0}],
    lr=0.01, eps=1e-8)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (steps - step) / steps)
for _ in range(steps):
    optimizer.zero_grad()
    nn.functional.cross_entropy(forward(weights, ids, mask, kinds), labels).backward()
    print("norm", float(nn.utils.clip_grad_norm_(weights.values(), 1.0)))
    optimizer.step()
    schedule.step()
write("bert-steps.expected.safetensors", weights)
