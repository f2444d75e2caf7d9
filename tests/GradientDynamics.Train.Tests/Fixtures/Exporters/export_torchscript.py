"""Exports the networks with the TorchScript-based exporter of Debian 12's python3-torch (1.13), and quantised and channels-last graphs made by hand.

    python3 tests/GradientDynamics.Train.Tests/Fixtures/Exporters/export_torchscript.py

Needs Debian's python3-torch and python3-onnx. Writes the cases beside this file.
"""
import os

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.onnx import TrainingMode

import networks

HERE = os.path.dirname(os.path.abspath(__file__))
EXPORTER = f"torch {torch.__version__}, TorchScript-based"


def export(name, model, inputs, input_names, opset, folded, dynamic, functions=False):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "model.onnx")
    torch.onnx.export(
        model, inputs, path, input_names=input_names, output_names=["logits"], dynamic_axes={**dynamic, "logits": {0: "batch"}}, opset_version=opset,
        do_constant_folding=folded, training=TrainingMode.EVAL if folded else TrainingMode.PRESERVE, export_modules_as_functions=functions)
    return folder, path


def image_case(name, kind, shape, opset, folded=True, functions=False, seed=0):
    model = networks.build(kind, seed)
    x = networks.images(shape, seed + 2)
    folder, _ = export(name, model, x, ["input"], opset, folded, {"input": {0: "batch"}}, functions)
    logits, gradient = networks.image_truth(model, x)
    networks.write_case(folder, [("input", x)], logits, gradient, exporter=EXPORTER, opset=opset, folded=folded, cut=None)


def text_case(name, opset, folded=True, seed=0):
    model = networks.build(networks.Bert, seed)
    batch = networks.sentences(seed + 2)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    folder, path = export(name, model, batch, names, opset, folded, {each: {0: "batch", 1: "sequence"} for each in names})
    logits, gradient = networks.text_truth(model, *batch)
    networks.write_case(folder, list(zip(names, batch)), logits, gradient, exporter=EXPORTER, opset=opset, folded=folded, cut=networks.embeddings_value(path))


class QuantizedConvNet(nn.Module):
    """Quantisation-aware training's form: weights per channel, activations per tensor."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 8, 3, 2, 1)
        self.fc = nn.Linear(8, networks.CLASSES)

        for name in ("conv1", "conv2", "fc"):
            w = getattr(self, name).weight.detach()
            self.register_buffer(f"{name}_scale", w.abs().amax(tuple(range(1, w.dim()))) / 127)
            self.register_buffer(f"{name}_zero", torch.zeros(w.shape[0], dtype=torch.int32))

    def weight(self, name):
        return torch.fake_quantize_per_channel_affine(getattr(self, name).weight, getattr(self, f"{name}_scale"), getattr(self, f"{name}_zero"), 0, -128, 127)

    @staticmethod
    def activation(x, scale, zero):
        return torch.fake_quantize_per_tensor_affine(x, scale, zero, 0, 255)

    def forward(self, x):
        x = self.activation(x, 1 / 255, 0)
        x = torch.relu(nn.functional.conv2d(x, self.weight("conv1"), self.conv1.bias, padding=1))
        x = self.activation(x, 0.003, 0)  # some activations saturate: their gradient is 0
        x = nn.functional.conv2d(x, self.weight("conv2"), self.conv2.bias, 2, 1)
        x = self.activation(x, 0.01, 100).relu()
        x = self.activation(x.mean([2, 3]), 0.002, 0)
        return nn.functional.linear(x, self.weight("fc"), self.fc.bias)


def quantized_case(name):
    # Another runtime sums in another order: a seed is taken at which no value stands so near a rounding boundary that this could matter.
    for seed in range(100):
        torch.manual_seed(seed)
        model = QuantizedConvNet().eval()
        x = networks.images((3, 10, 10), seed + 2)
        logits, gradient = networks.image_truth(model, x, double=False)
        steady = True
        for trial in range(20):
            torch.manual_seed(1000 + trial)
            moved = QuantizedConvNet().eval()
            moved.load_state_dict({key: value for key, value in model.state_dict().items()})
            with torch.no_grad():
                for each in (moved.conv1.bias, moved.conv2.bias):
                    each.add_(2e-6 * (torch.rand(each.shape) - 0.5))
            others = networks.image_truth(moved, x, double=False)
            steady &= bool((others[0] - logits).abs().max() < 1e-5) and bool((others[1] - gradient).abs().max() < 1e-5 * gradient.abs().max())
        if steady:
            break
    else:
        raise RuntimeError("no seed keeps its distance from the rounding boundaries")
    folder, _ = export(name, model, x, ["input"], 13, True, {"input": {0: "batch"}})
    networks.write_case(folder, [("input", x)], logits, gradient, exporter=EXPORTER, opset=13, folded=True, cut=None)


def channels_last_case(name):
    """The chain that converters from TensorFlow leave: the input is NHWC, weights stand in NHWC's order of axes and are turned, pads are SAME."""
    rng = numpy.random.default_rng(3)
    conv = (0.3 * rng.standard_normal((3, 3, 3, 8))).astype(numpy.float32)
    depthwise = (0.3 * rng.standard_normal((3, 3, 8, 1))).astype(numpy.float32)
    dense = (0.3 * rng.standard_normal((8, networks.CLASSES))).astype(numpy.float32)
    bias = (0.1 * rng.standard_normal(8)).astype(numpy.float32)
    scale, shift = (0.5 + rng.random(8)).astype(numpy.float32), (rng.random(8) - 0.5).astype(numpy.float32)
    mean, variance = (rng.random(8) - 0.5).astype(numpy.float32), (0.5 + rng.random(8)).astype(numpy.float32)
    nodes = [
        helper.make_node("Transpose", ["input"], ["x__1"], "conv/Transpose", perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["x__1", "conv/weights"], ["x__2"], "conv/Conv2D", auto_pad="SAME_UPPER", strides=[2, 2], kernel_shape=[3, 3]),
        helper.make_node("Transpose", ["x__2"], ["x__3"], "conv/Back", perm=[0, 2, 3, 1]),
        helper.make_node("Add", ["x__3", "bias"], ["x__4"], "conv/BiasAdd"),
        helper.make_node("Relu", ["x__4"], ["x__5a"], "conv/Relu"),
        helper.make_node("Min", ["x__5a", "six"], ["x__5"], "conv/Relu6"),
        helper.make_node("Transpose", ["x__5"], ["x__6"], "dw/Transpose", perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["x__6", "dw/weights"], ["x__7"], "dw/depthwise", auto_pad="SAME_LOWER", group=8, strides=[2, 2], kernel_shape=[3, 3]),
        helper.make_node("BatchNormalization", ["x__7", "scale", "shift", "mean", "variance"], ["x__8"], "dw/FusedBatchNormV3", epsilon=0.001),
        helper.make_node("LeakyRelu", ["x__8"], ["x__9"], "dw/LeakyRelu", alpha=0.2),
        helper.make_node("Transpose", ["x__9"], ["x__10"], "dw/Back", perm=[0, 2, 3, 1]),
        helper.make_node("ReduceMean", ["x__10"], ["x__11"], "Mean", axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["x__11", "dense"], ["logits"], "dense/MatMul"),
    ]
    weights = {"conv/weights": conv.transpose(3, 2, 0, 1), "bias": bias, "six": numpy.array(6, numpy.float32), "dw/weights": depthwise.transpose(2, 3, 0, 1), "scale": scale, "shift": shift,
               "mean": mean, "variance": variance, "dense": dense}
    graph = helper.make_graph(
        nodes, "tf", [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["unk__1", 13, 13, 3])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["unk__1", networks.CLASSES])],
        [numpy_helper.from_array(numpy.ascontiguousarray(value), key) for key, value in weights.items()])
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=7), os.path.join(folder, "model.onnx"))

    x = networks.images((13, 13, 3), 5)

    def forward(x):
        t = {key: torch.from_numpy(numpy.ascontiguousarray(value)).double() for key, value in weights.items()}
        h = nn.functional.pad(x.permute(0, 3, 1, 2), (1, 1, 1, 1))  # 13 at stride 2: 7 outputs, 2 pads, one a side
        h = nn.functional.conv2d(h, t["conv/weights"], t["bias"], 2).clamp(0, 6)
        h = nn.functional.conv2d(nn.functional.pad(h, (1, 1, 1, 1)), t["dw/weights"], None, 2, groups=8)
        h = nn.functional.batch_norm(h, t["mean"], t["variance"], t["scale"], t["shift"], eps=0.001)
        return nn.functional.leaky_relu(h, 0.2).mean([2, 3]) @ t["dense"]

    moved = x.double().requires_grad_()
    logits = forward(moved)
    gradient, = torch.autograd.grad(networks.loss_of(logits), moved)
    networks.write_case(folder, [("input", x)], logits.detach().float(), gradient.float(), exporter="by hand, as converters from TensorFlow write", opset=12, folded=True, cut=None)


image_case("resnet-opset9", networks.ResNet, (3, 16, 16), 9)
image_case("resnet-unfolded-opset13", networks.ResNet, (3, 16, 16), 13, folded=False)
image_case("mobilenet-opset11", networks.MobileNet, (3, 16, 16), 11)
image_case("mobilenet-unfolded-opset14", networks.MobileNet, (3, 16, 16), 14, folded=False)
image_case("densenet-opset12", networks.DenseNet, (3, 15, 15), 12)
image_case("densenet-unfolded-opset17", networks.DenseNet, (3, 15, 15), 17, folded=False)
image_case("vit-opset13", networks.VisionTransformer, (3, 16, 16), 13)
image_case("vit-functions-opset15", networks.VisionTransformer, (3, 16, 16), 15, functions={nn.LayerNorm, nn.GELU, networks.Attention})
image_case("vit-opset17", networks.VisionTransformer, (3, 16, 16), 17)
image_case("decoder-opset11", networks.Decoder, (3, 6, 6), 11)
image_case("decoder-opset16", networks.Decoder, (3, 6, 6), 16)
text_case("bert-opset11", 11)
text_case("bert-unfolded-opset14", 14, folded=False)
text_case("bert-opset17", 17)
quantized_case("quantized-opset13")
channels_last_case("channels-last-opset12")
