"""Writes torchvision's ResNet-18 at a small width, without torchvision, as files of every kind that is
imported, with pictures and what torch makes of them: torch-resnet18.py FOLDER STEM WIDTH SIDE CLASSES"""

import json
import struct
import sys
from pathlib import Path

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + shortcut)


class ResNet18(nn.Module):
    def __init__(self, stem, width, classes):
        super().__init__()
        kernel, stride, padding = (3, 1, 1) if stem == "cifar" else (7, 2, 3)
        self.conv1 = nn.Conv2d(3, width, kernel, stride, padding, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.Identity() if stem == "cifar" else nn.MaxPool2d(3, 2, 1)
        for index in range(4):
            channels, before = width << index, width << max(index - 1, 0)
            blocks = Block(before, channels, 1 if index == 0 else 2), Block(channels, channels, 1)
            setattr(self, f"layer{index + 1}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(width * 8, classes)

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def save_safetensors(path, tensors):
    kinds = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = bytes(tensor.contiguous().view(torch.uint8).numpy()) if tensor.dim() else bytes(
            tensor.reshape(1).view(torch.uint8).numpy()
        )
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": kinds[tensor.dtype], "shape": list(tensor.shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    folder, stem = Path(sys.argv[1]), sys.argv[2]
    width, side, classes = map(int, sys.argv[3:])
    torch.manual_seed(7)
    network = ResNet18(stem, width, classes)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.6, 1.4)
                module.bias.uniform_(-0.2, 0.2)
                module.running_mean.uniform_(-0.3, 0.3)
                module.running_var.uniform_(0.4, 1.6)
    network.eval()
    images = torch.randn(4, 3, side, side)
    with torch.no_grad():
        logits = network(images)
    state = network.state_dict()
    save_safetensors(folder / "plain.safetensors", state)
    save_safetensors(folder / "parallel.safetensors", {f"module.{k}": v for k, v in state.items()})
    for name, dtype in ("half", torch.float16), ("bfloat", torch.bfloat16):
        narrow = {k: v.to(dtype) if v.is_floating_point() else v for k, v in state.items()}
        save_safetensors(folder / f"{name}.safetensors", narrow)
        rounded = ResNet18(stem, width, classes).eval()
        rounded.load_state_dict({k: v.float() for k, v in narrow.items()})
        with torch.no_grad():
            save_safetensors(folder / f"{name}-logits.safetensors", {"logits": rounded(images)})
    save_safetensors(folder / "expected.safetensors", {"images": images, "logits": logits})
    for name, folding in ("folded", True), ("unfolded", False):
        torch.onnx.export(
            network,
            images[:1],
            str(folder / f"{name}.onnx"),
            dynamo=False,
            do_constant_folding=folding,
            training=torch.onnx.TrainingMode.EVAL if folding else torch.onnx.TrainingMode.PRESERVE,
            input_names=["input"],
            output_names=["output"],
            dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
        )


main()
