#!/usr/bin/env python3
"""Makes golden-vectors.safetensors: what a small ResNet-18 computes, by PyTorch's autograd in double precision.

Run: python make_golden_vectors.py golden-vectors.safetensors    (with torch and numpy; made with torch 2.13)

Nothing of the project is used: losses, the editor's rules and Adam are written anew from their definitions. Inputs are
rounded to float32 before anything is computed. Names: `weights.*`, `first.*`, `second.*` (Adam's moments), `images`,
`labels`, `editImage`, `editLabel` go in; `logits`, `gradient.*`, `meta.*`, `step.*` and `edit.*` come out.
"""
import json
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

WIDTH, CLASSES, SIDE, BATCH = 2, 5, 12, 32
EPSILON = 1e-5

torch.manual_seed(4)


def rounded(tensor):
    return tensor.float().double()


def layers():
    yield 'conv1', 'bn1', 3, WIDTH, 3
    channels = WIDTH
    for stage in range(1, 5):
        out = WIDTH << (stage - 1)
        for block in range(2):
            name = f'layer{stage}.{block}'
            yield f'{name}.conv1', f'{name}.bn1', channels, out, 3
            yield f'{name}.conv2', f'{name}.bn2', out, out, 3
            if channels != out:
                yield f'{name}.downsample.0', f'{name}.downsample.1', channels, out, 1
            channels = out


def make_weights():
    learned, statistics = {}, {}
    for conv, bn, i, o, k in layers():
        learned[f'{conv}.weight'] = rounded(torch.randn(o, i, k, k) * (2 / (i * k * k)) ** 0.5)
        learned[f'{bn}.weight'] = rounded(torch.rand(o) + 0.5)
        learned[f'{bn}.bias'] = rounded(torch.randn(o) * 0.2)
        statistics[f'{bn}.running_mean'] = rounded(torch.randn(o) * 0.2)
        statistics[f'{bn}.running_var'] = rounded(torch.rand(o) + 0.5)
    learned['fc.weight'] = rounded(torch.randn(CLASSES, WIDTH * 8) * 0.5)
    learned['fc.bias'] = rounded(torch.randn(CLASSES) * 0.1)
    return learned, statistics


def network(p, x, training, seen=None):
    def normalised(name, x):
        if not training:
            return F.batch_norm(x, p[f'{name}.running_mean'], p[f'{name}.running_var'], p[f'{name}.weight'], p[f'{name}.bias'], False, 0, EPSILON)
        if seen is not None:
            seen[name] = (x.detach().mean((0, 2, 3)), x.detach().var((0, 2, 3), unbiased=True))
        return F.batch_norm(x, None, None, p[f'{name}.weight'], p[f'{name}.bias'], True, 0, EPSILON)

    x = F.relu(normalised('bn1', F.conv2d(x, p['conv1.weight'], padding=1)))
    for stage in range(1, 5):
        for block in range(2):
            name = f'layer{stage}.{block}'
            stride = 2 if block == 0 and stage > 1 else 1
            y = F.relu(normalised(f'{name}.bn1', F.conv2d(x, p[f'{name}.conv1.weight'], stride=stride, padding=1)))
            y = normalised(f'{name}.bn2', F.conv2d(y, p[f'{name}.conv2.weight'], padding=1))
            if f'{name}.downsample.0.weight' in p:
                x = normalised(f'{name}.downsample.1', F.conv2d(x, p[f'{name}.downsample.0.weight'], stride=stride))
            x = F.relu(x + y)
    return x.mean((2, 3)) @ p['fc.weight'].T + p['fc.bias']


def constraint(logits, label):
    log_p = logits.log_softmax(1)[0]
    rivals = torch.cat([log_p[:label], log_p[label + 1:]])
    return rivals.max() - log_p[label]


def edit_gradient(p, names, x, label, create_graph):
    loss = constraint(network(p, x, False), label)
    return loss, torch.autograd.grad(loss, [p[n] for n in names], create_graph=create_graph)


learned, statistics = make_weights()
images = rounded(torch.randn(BATCH, 3, SIDE, SIDE))
labels = torch.arange(BATCH) % CLASSES
edit_image = rounded(torch.randn(1, 3, SIDE, SIDE))
first = {n: rounded(torch.randn_like(t) * 0.01) for n, t in learned.items()}
second = {n: rounded(torch.rand_like(t) * 1e-3 + 1e-4) for n, t in learned.items()}
out = {f'weights.{n}': t for n, t in {**learned, **statistics}.items()}
out |= {f'first.{n}': t for n, t in first.items()} | {f'second.{n}': t for n, t in second.items()}

leaves = {n: t.clone().requires_grad_() for n, t in learned.items()}
everything = {**leaves, **statistics}

# The wrong label that is least likely, so that no step of an edit reaches it.
with torch.no_grad():
    edit_label = int(network(everything, edit_image, False).argmin())
    out['logits'] = network(everything, images, False)

# The gradient of cross-entropy in training mode, and one step of Adam (Kingma and Ba 2015, end of section 2).
seen = {}
logits = network(everything, images, True, seen)
gradients = torch.autograd.grad(F.cross_entropy(logits, labels), list(leaves.values()))
RATE = float(np.float32(1e-3))
for (name, before), g in zip(learned.items(), gradients):
    m, v = 0.9 * first[name] + 0.1 * g, 0.999 * second[name] + 0.001 * g * g
    out[f'gradient.{name}'] = g
    out[f'step.{name}'] = before - RATE * m / (v.sqrt() + 1e-8)
    out[f'step.moment1.{name}'], out[f'step.moment2.{name}'] = m, v
for name, (mean, variance) in seen.items():
    out[f'step.{name}.running_mean'] = 0.9 * statistics[f'{name}.running_mean'] + 0.1 * mean
    out[f'step.{name}.running_var'] = 0.9 * statistics[f'{name}.running_var'] + 0.1 * variance

# The gradient of Editable Training's objective through two steps of gradient descent on layer3 and layer4.
names = [n for n in learned if n.startswith(('layer3.', 'layer4.'))]
logits = network(everything, images, True)
edited = dict(everything)
for _ in range(2):
    _, grads = edit_gradient(edited, names, edit_image, edit_label, True)
    edited |= {n: edited[n] - 0.02 * g for n, g in zip(names, grads)}
after = constraint(network(edited, edit_image, False), edit_label)
locality = -(logits.detach().softmax(1) * network(edited, images, False).log_softmax(1)).sum(1).mean()
loss = F.cross_entropy(logits, labels) + F.relu(after + 0.1) + locality
for name, g in zip(leaves, torch.autograd.grad(loss, list(leaves.values()))):
    out[f'meta.{name}'] = g

# Three steps of the editor RMSProp on layer3: r_0 = g_0^2, r_t = (r + g^2) / 2, theta - 1e-3 g / sqrt(r + 1e-6).
names = [n for n in learned if n.startswith('layer3.')]
edited, squares = dict(everything), None
for index in range(4):
    loss, grads = edit_gradient(edited, names, edit_image, edit_label, False)
    if index in (0, 3):
        out['edit.lossBefore' if index == 0 else 'edit.lossAfter'] = loss.reshape(1)
    if index < 3:
        squares = [g * g for g in grads] if squares is None else [0.5 * s + 0.5 * g * g for s, g in zip(squares, grads)]
        edited |= {n: (edited[n] - 1e-3 * g / (s + 1e-6).sqrt()).detach().requires_grad_() for n, g, s in zip(names, grads, squares)}
out |= {f'edit.{n}': edited[n] for n in names}
out |= {'images': images, 'labels': labels, 'editImage': edit_image, 'editLabel': torch.tensor([edit_label])}

header, data = {'__metadata__': {'made-by': 'make_golden_vectors.py'}}, b''
for name, tensor in sorted(out.items()):
    values = tensor.detach().numpy().astype('<f4')
    header[name] = {'dtype': 'F32', 'shape': list(values.shape), 'data_offsets': [len(data), len(data) + values.nbytes]}
    data += values.tobytes()
text = json.dumps(header).encode()
text += b' ' * (-len(text) % 8)
with open(sys.argv[1], 'wb') as file:
    file.write(struct.pack('<Q', len(text)) + text + data)
print(len(data) + len(text), 'bytes; l_e', float(out['edit.lossBefore'][0]), float(out['edit.lossAfter'][0]))
