"""A client of the Open Inference Protocol made by Python's gRPC tools from protocol_facts.proto: calls all six RPCs and prints what came back as JSON.

Usage: foreign_client.py HOST:PORT FOLDER-OF-PROTO. Serves a model `linear`: x (batch, 2) FP32 -> y (batch, 3) FP32.
"""
import json
import os
import struct
import sys
import tempfile

import grpc
from grpc_tools import protoc

address, folder = sys.argv[1:]
with tempfile.TemporaryDirectory() as generated:
    arguments = ["protoc", f"-I{folder}", f"--python_out={generated}", f"--grpc_python_out={generated}", "protocol_facts.proto"]
    if protoc.main(arguments) != 0:
        sys.exit("protoc failed")
    sys.path.insert(0, generated)
    import protocol_facts_pb2 as messages
    import protocol_facts_pb2_grpc as services

with grpc.insecure_channel(address) as channel:
    stub = services.GRPCInferenceServiceStub(channel)
    found = {
        "live": stub.ServerLive(messages.ServerLiveRequest(), timeout=30).live,
        "ready": stub.ServerReady(messages.ServerReadyRequest(), timeout=30).ready,
        "modelReady": stub.ModelReady(messages.ModelReadyRequest(name="linear"), timeout=30).ready,
        "server": stub.ServerMetadata(messages.ServerMetadataRequest(), timeout=30).name,
    }
    metadata = stub.ModelMetadata(messages.ModelMetadataRequest(name="linear", version="1"), timeout=30)
    found["platform"] = metadata.platform
    found["versions"] = list(metadata.versions)
    found["input"] = [metadata.inputs[0].name, metadata.inputs[0].datatype, list(metadata.inputs[0].shape)]
    found["properties"] = dict(metadata.properties)

    tensor = messages.ModelInferRequest.InferInputTensor(name="x", datatype="FP32", shape=[1, 2])
    raw = messages.ModelInferRequest(model_name="linear", id="raw", inputs=[tensor], raw_input_contents=[struct.pack("<2f", 1, 2)])
    reply = stub.ModelInfer(raw, timeout=30)
    found["raw"] = [reply.id, list(reply.outputs[0].shape), list(struct.unpack("<3f", reply.raw_output_contents[0]))]

    tensor.contents.fp32_contents.extend([1, 2])
    typed = messages.ModelInferRequest(model_name="linear", id="typed", inputs=[tensor])
    typed.outputs.add().name = "y"
    reply = stub.ModelInfer(typed, timeout=30)
    found["typed"] = [reply.id, reply.outputs[0].name, list(reply.outputs[0].contents.fp32_contents)]

    try:
        stub.ModelInfer(messages.ModelInferRequest(model_name="absent"), timeout=30)
    except grpc.RpcError as error:
        found["absent"] = [error.code().name, error.details()]
print(json.dumps(found))
