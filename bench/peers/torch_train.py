"""AstroM3 (paper profile, corrected layout, full attention) written plainly in PyTorch: the other side of `bench -- train`.

Usage: torch_train.py --batch N --warm-up N --steps N --threads N [--device cpu|cuda] [--compile] [--embed]
Prints one JSON object: what a training step (or, with --embed, a forward pass) took, step by step, in ms.
"""

import argparse
import json
import math
import resource
import time

import torch
from torch import nn
from torch.nn import functional as F

LENGTH, CHANNELS, WIDTH, HEADS, FEED_FORWARD, LAYERS = 200, 9, 128, 4, 512, 8
SPECTRUM, SPECTRUM_CHANNELS, METADATA, DIMENSIONS = 2575, [3, 64, 64, 32, 32], 34, 512
LEARNING_RATE, BETAS, L2, CLIP_NORM = 3.9210e-3, (0.92619, 0.999), 4.6701e-3, 45.0


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x, bias):
        def heads(y):
            return y.view(y.shape[0], y.shape[1], HEADS, WIDTH // HEADS).transpose(1, 2)

        query, key, value = heads(self.query(x)), heads(self.key(x)), heads(self.value(x))
        context = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return self.out(context.transpose(1, 2).reshape(x.shape))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = SelfAttention()
        self.expand, self.contract = nn.Linear(WIDTH, FEED_FORWARD), nn.Linear(FEED_FORWARD, WIDTH)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, x, bias):
        x = self.norm1(x + self.attention(x, bias))
        return self.norm2(x + self.contract(F.gelu(self.expand(x))))


class Photometry(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Conv1d(CHANNELS, WIDTH, 3, padding=1, padding_mode="circular", bias=False)
        position = torch.arange(LENGTH).unsqueeze(1)
        frequency = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10000.0) / WIDTH))
        table = torch.zeros(LENGTH, WIDTH)
        table[:, 0::2], table[:, 1::2] = torch.sin(position * frequency), torch.cos(position * frequency)
        self.register_buffer("position", table)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, x, mask):
        x = self.tokens(x.transpose(1, 2)).transpose(1, 2) + self.position
        bias = ((1 - mask) * -1e9)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        return (self.norm(x) * mask.unsqueeze(-1)).flatten(1)


def spectra_encoder():
    layers = []
    for i, (inputs, outputs) in enumerate(zip(SPECTRUM_CHANNELS, SPECTRUM_CHANNELS[1:])):
        layers += [nn.Conv1d(inputs, outputs, 3), nn.ReLU()]
        if i < len(SPECTRUM_CHANNELS) - 2:
            layers.append(nn.MaxPool1d(4))
    return nn.Sequential(*layers, nn.Flatten())


class AstroM3(nn.Module):
    def __init__(self):
        super().__init__()
        self.photometry, self.spectra = Photometry(), spectra_encoder()
        self.metadata = nn.Sequential(nn.Linear(METADATA, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU())
        self.photometry_proj = nn.Linear(LENGTH * WIDTH, DIMENSIONS)
        self.spectra_proj, self.metadata_proj = nn.Linear(1184, DIMENSIONS), nn.Linear(512, DIMENSIONS)
        self.scales = nn.ParameterList(nn.Parameter(torch.tensor(math.log(100.0))) for _ in range(3))

    def forward(self, photometry, mask, spectra, metadata):
        return (
            F.normalize(self.photometry_proj(self.photometry(photometry, mask)), dim=-1),
            F.normalize(self.spectra_proj(self.spectra(spectra)), dim=-1),
            F.normalize(self.metadata_proj(self.metadata(metadata)), dim=-1),
        )

    def loss(self, *inputs):
        p, s, m = self(*inputs)
        targets = torch.arange(len(p), device=p.device)
        total = 0
        for scale, (a, b) in zip(self.scales, [(p, s), (s, m), (m, p)]):
            logits = scale.exp().clamp(1, 100) * a @ b.T
            total = total + F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)
        return total


def main():
    parser = argparse.ArgumentParser()
    for name in ("batch", "warm-up", "steps", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--embed", action="store_true")
    flags = parser.parse_args()
    torch.set_num_threads(flags.threads)
    torch.manual_seed(0)
    model = AstroM3().to(flags.device)
    n = flags.batch
    shapes = [(n, LENGTH, CHANNELS), (n, LENGTH), (n, 3, SPECTRUM), (n, METADATA)]
    inputs = [torch.randn(shape, device=flags.device) for shape in shapes]
    inputs[1] = torch.ones(n, LENGTH, device=flags.device)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, betas=BETAS, weight_decay=L2)
    function = model.forward if flags.embed else model.loss
    if flags.compile:
        function = torch.compile(function)

    def embed():
        with torch.no_grad():
            return float(function(*inputs)[0].sum())

    def train():
        optimiser.zero_grad(set_to_none=True)
        loss = function(*inputs)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimiser.step()
        return float(loss)

    step, times, results = embed if flags.embed else train, [], []
    for i in range(flags.warm_up + flags.steps):
        start = time.perf_counter()
        results.append(step())
        if flags.device == "cuda":
            torch.cuda.synchronize()
        if i >= flags.warm_up:
            times.append(1000 * (time.perf_counter() - start))
    if not all(map(math.isfinite, results)):
        raise SystemExit(f"the result must be finite: {results}")
    peak = torch.cuda.max_memory_allocated() if flags.device == "cuda" else 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"stepMs": sorted(times)[len(times) // 2], "peakMib": peak / 2**20}))


if __name__ == "__main__":
    main()
