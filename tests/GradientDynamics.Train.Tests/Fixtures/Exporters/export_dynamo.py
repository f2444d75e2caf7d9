"""Exports the networks with PyTorch's newer exporter (torch.export), a Hugging Face BERT, and a model quantised by ONNX Runtime's tools.

    python3 tests/GradientDynamics.Train.Tests/Fixtures/Exporters/export_dynamo.py [FOLDER]

Needs torch 2.11, onnxscript, transformers and onnxruntime. Writes the cases beside this file, or into FOLDER.
"""
import os
import sys

import numpy
import onnx
import onnxruntime
import torch
import transformers
from onnxruntime import quantization
from torch import nn

import networks

HERE = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
EXPORTER = f"torch {torch.__version__.split('+')[0]}, torch.export-based"
BATCH = torch.export.Dim("batch", min=2, max=1024)
SEQUENCE = torch.export.Dim("sequence", min=2, max=12)


class FusedAttention(networks.Attention):
    """Attention through the function that the exporter writes as ONNX's Attention from opset 23 on."""

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        out = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.proj(out.transpose(1, 2).reshape(batch, length, width))


def export(name, model, inputs, input_names, opset, dynamic, optimize=True, external=False):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "model.onnx")
    torch.onnx.export(
        model, inputs, path, input_names=input_names, output_names=["logits"], dynamic_shapes=dynamic, opset_version=opset, dynamo=True, optimize=optimize,
        external_data=external, verbose=False)
    strip(path)
    if not external and os.path.exists(path + ".data"):
        raise RuntimeError("the exporter wrote external data")
    return folder, path


def strip(path):
    """Without the stack traces that the exporter notes at every node: they are half of a small file, and name folders of the machine."""
    proto = onnx.load(path, load_external_data=False)
    for node in proto.graph.node:
        kept = [entry for entry in node.metadata_props if not entry.key.endswith("stack_trace")]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
        node.doc_string = ""
    with open(path, "wb") as file:
        file.write(proto.SerializeToString())


def image_case(name, kind, shape, opset, optimize=True, external=False, seed=0):
    model = networks.build(kind, seed)
    x = networks.images(shape, seed + 2)
    folder, path = export(name, model, (x,), ["input"], opset, ({0: BATCH},), optimize, external)
    logits, gradient = networks.image_truth(model, x)
    facts(folder, path, [("input", x)], logits, gradient, opset, None)


def facts(folder, path, inputs, logits, gradient, opset, cut, exporter=EXPORTER):
    networks.write_case(folder, inputs, logits, gradient, exporter=exporter, opset=opset, folded=True, cut=cut)
    proto = onnx.load(path)
    print(os.path.basename(folder), proto.ir_version, [(each.domain, each.version) for each in proto.opset_import], len(proto.functions), sorted({node.op_type for node in proto.graph.node}))


def text_case(name, opset, seed=0):
    model = networks.build(networks.Bert, seed)
    batch = networks.sentences(seed + 2)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    folder, path = export(name, model, batch, names, opset, tuple({0: BATCH, 1: SEQUENCE} for _ in names))
    logits, gradient = networks.text_truth(model, *batch)
    facts(folder, path, list(zip(names, batch)), logits, gradient, opset, networks.embeddings_value(path))


def hugging_face_case(name, opset, attention):
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, max_position_embeddings=12, num_labels=networks.CLASSES,
        attn_implementation=attention)
    bert = networks.randomize(transformers.BertForSequenceClassification(config), 1)

    class Logits(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = bert

        def forward(self, input_ids, attention_mask, token_type_ids):
            return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).logits

    batch = networks.sentences(2)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    folder, path = export(name, Logits().eval(), batch, names, opset, tuple({0: BATCH, 1: SEQUENCE} for _ in names))

    bert.double()
    embeddings = bert.bert.embeddings
    caught = {}

    def replace(module, args):
        caught["value"] = args[0].detach().requires_grad_()
        return (caught["value"],)

    handle = embeddings.LayerNorm.register_forward_pre_hook(replace)
    logits = bert(input_ids=batch[0], attention_mask=batch[1], token_type_ids=batch[2]).logits
    gradient, = torch.autograd.grad(networks.loss_of(logits), caught["value"])
    handle.remove()
    facts(folder, path, list(zip(names, batch)), logits.detach().float(), gradient.float(), opset, networks.embeddings_value(path),
          f"{EXPORTER}, transformers {transformers.__version__}")


class Batches(quantization.CalibrationDataReader):
    def __init__(self):
        self.batches = iter([{"input": networks.images((3, 16, 16), seed).numpy()} for seed in range(8)])

    def get_next(self):
        return next(self.batches, None)


def quantized_case(name, opset):
    """ResNet quantised after training by ONNX Runtime: QDQ, weights stored as 8-bit integers per channel. What it gives is ONNX Runtime's own."""
    model = networks.build(networks.ResNet, 0)
    folder, path = export(name, model, (networks.images((3, 16, 16), 2),), ["input"], opset, ({0: BATCH},))
    float_path = path + ".float"
    os.rename(path, float_path)
    quantization.quantize_static(
        float_path, path, Batches(), quant_format=quantization.QuantFormat.QDQ, per_channel=True, activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8)
    os.remove(float_path)
    x = networks.images((3, 16, 16), 2)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    logits, = onnxruntime.InferenceSession(path, options).run(None, {"input": x.numpy()})
    facts(folder, path, [("input", x)], torch.from_numpy(logits), torch.zeros(0), opset, None, f"onnxruntime {onnxruntime.__version__}, quantize_static")
    os.remove(os.path.join(folder, "input_gradient.pb"))


def fused_transformer():
    model = networks.VisionTransformer()
    for block in model.blocks:
        block["attn"] = FusedAttention(16, 4)
    return model


def attempt(action, *args, **named):
    try:
        action(*args, **named)
    except Exception as error:  # one case that cannot be exported must not cost the others
        print("FAILED", args[0], type(error).__name__, str(error)[:500])


attempt(image_case, "resnet-dynamo-opset18", networks.ResNet, (3, 16, 16), 18)
attempt(image_case, "resnet-dynamo-plain-opset18", networks.ResNet, (3, 16, 16), 18, optimize=False)
attempt(image_case, "mobilenet-dynamo-opset18", networks.MobileNet, (3, 16, 16), 18)
attempt(image_case, "densenet-dynamo-opset20", networks.DenseNet, (3, 15, 15), 20)
attempt(image_case, "vit-dynamo-opset20", networks.VisionTransformer, (3, 16, 16), 20)
attempt(image_case, "vit-dynamo-external-opset21", networks.VisionTransformer, (3, 16, 16), 21, external=True)
attempt(image_case, "vit-dynamo-attention-opset23", fused_transformer, (3, 16, 16), 23)
attempt(image_case, "decoder-dynamo-opset18", networks.Decoder, (3, 6, 6), 18)
attempt(text_case, "bert-dynamo-opset18", 18)
attempt(hugging_face_case, "bert-transformers-opset20", 20, "eager")
attempt(hugging_face_case, "bert-transformers-attention-opset23", 23, "sdpa")
attempt(quantized_case, "quantized-ort-opset18", 18)
