"""AstroM3 (paper profile, corrected layout, full attention) in PyTorch: the other side of `bench -- train` and `bench -- gpu`.

Reads weights and one batch from safetensors files, does the same training step (forward, backward, clipping, Adam with
coupled L2) or, with --embed, the same forward pass again and again, and prints one JSON object: the median step in ms, the
peak of memory, the number of parameters, and what the first steps gave, which must be what Nightjar's gave.

The spellings of attention: `plain` writes softmax(q kᵀ / √d + bias) v out, as the research code does; `sdpa` is
scaled_dot_product_attention. Sizes are those of the files. The batch is taken from host memory in each step. Products on CUDA
may use TF32, as ONNX Runtime's do; with --half they are float16, the gradients scaled.
"""

import argparse
import json
import math
import re
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

LEARNING_RATE, BETAS, L2, CLIP_NORM = 3.9210e-3, (0.92619, 0.999), 4.6701e-3, 45.0
MASKED_LOGIT = -1e9
DTYPES = {'F32': torch.float32, 'I64': torch.int64}

# Names of the published state dict as they are here.
RENAMED = [
    (r'^photometry_encoder\.enc_embedding\.value_embedding\.tokenConv', 'photometry.tokens'),
    (r'^photometry_encoder\.encoder\.attn_layers\.(\d+)\.attention\.(\w+)_projection', r'photometry.layers.\1.attention.\2'),
    (r'^photometry_encoder\.encoder\.attn_layers\.(\d+)\.conv1', r'photometry.layers.\1.expand'),
    (r'^photometry_encoder\.encoder\.attn_layers\.(\d+)\.conv2', r'photometry.layers.\1.contract'),
    (r'^photometry_encoder\.encoder\.attn_layers', 'photometry.layers'),
    (r'^photometry_encoder\.encoder\.norm', 'photometry.norm'),
    (r'^spectra_encoder\.layers', 'spectra'),
    (r'^metadata_encoder\.model', 'metadata'),
    (r'^logit_scale', 'scale'),
]


def read_safetensors(path):
    with open(path, 'rb') as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), 'little')))
        data = bytearray(file.read())
    header.pop('__metadata__', None)
    tensors = {}
    for name, info in header.items():
        start, end = info['data_offsets']
        values = torch.frombuffer(data, dtype=DTYPES[info['dtype']], offset=start, count=math.prod(info['shape']))
        assert values.nbytes == end - start, name
        tensors[name] = values.view(info['shape']).clone()
    return tensors


def renamed(weights):
    state = {}
    for name, tensor in weights.items():
        for pattern, ours in RENAMED:
            name = re.sub(pattern, ours, name)
        # A convolution of size 1 is a linear map of every step.
        is_pointwise = '.expand.weight' in name or '.contract.weight' in name
        state[name] = tensor.squeeze(-1) if is_pointwise else tensor
    return state


def plain_attention(query, key, value, bias):
    logits = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]) + bias
    return torch.softmax(logits, dim=-1) @ value


def sdpa_attention(query, key, value, bias):
    return F.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))


ATTENTION = {'plain': plain_attention, 'sdpa': sdpa_attention}


class SelfAttention(nn.Module):
    def __init__(self, width, heads, attention):
        super().__init__()
        self.heads, self.attend = heads, ATTENTION[attention]
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, bias):
        def split(y):
            return y.view(y.shape[0], y.shape[1], self.heads, -1).transpose(1, 2)

        context = self.attend(split(self.query(x)), split(self.key(x)), split(self.value(x)), bias)
        return self.out(context.transpose(1, 2).reshape(x.shape))


class Layer(nn.Module):
    def __init__(self, width, hidden, heads, attention):
        super().__init__()
        self.attention = SelfAttention(width, heads, attention)
        self.expand, self.contract = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x, bias):
        x = self.norm1(x + self.attention(x, bias))
        return self.norm2(x + self.contract(F.gelu(self.expand(x))))


class Photometry(nn.Module):
    def __init__(self, state, length, heads, attention):
        super().__init__()
        width, channels, _ = state['photometry.tokens.weight'].shape
        hidden = len(state['photometry.layers.0.expand.bias'])
        layers = 1 + max(int(found[1]) for name in state if (found := re.match(r'photometry\.layers\.(\d+)', name)))
        self.tokens = nn.Conv1d(channels, width, 3, padding=1, padding_mode='circular', bias=False)
        position = torch.arange(length).unsqueeze(1)
        frequency = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        table = torch.zeros(length, width)
        table[:, 0::2], table[:, 1::2] = torch.sin(position * frequency), torch.cos(position * frequency)
        self.register_buffer('position', table, persistent=False)
        self.layers = nn.ModuleList(Layer(width, hidden, heads, attention) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, x, mask):
        x = self.tokens(x.transpose(1, 2)).transpose(1, 2) + self.position
        bias = ((1 - mask) * MASKED_LOGIT)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        return (self.norm(x) * mask.unsqueeze(-1)).flatten(1)


def spectra_encoder(state, pool):
    """Convolution, activation and pooling are three modules each, but for the last, which has no pooling."""
    modules = []
    while (weight := state.get(f'spectra.{len(modules)}.weight')) is not None:
        modules += [nn.Conv1d(weight.shape[1], weight.shape[0], weight.shape[2]), nn.ReLU(), nn.MaxPool1d(pool)]
    return nn.Sequential(*modules[:-1], nn.Flatten())


class AstroM3(nn.Module):
    def __init__(self, state, flags, length):
        super().__init__()

        def linear(name):
            outputs, inputs = state[f'{name}.weight'].shape
            return nn.Linear(inputs, outputs)

        self.photometry = Photometry(state, length, flags.heads, flags.attention)
        self.spectra = spectra_encoder(state, flags.pool)
        # Dropout is off on both sides; its places keep the published numbers of the layers.
        parts = linear('metadata.0'), nn.ReLU(), nn.Identity(), linear('metadata.3'), nn.ReLU(), nn.Identity()
        self.metadata = nn.Sequential(*parts)
        for modality in 'photometry', 'spectra', 'metadata':
            setattr(self, f'{modality}_proj', linear(f'{modality}_proj'))
        for pair in 'ps', 'sm', 'mp':
            setattr(self, f'scale_{pair}', nn.Parameter(torch.zeros(())))
        self.load_state_dict(state)

    def forward(self, photometry, mask, spectra, metadata):
        return (
            F.normalize(self.photometry_proj(self.photometry(photometry, mask)), dim=-1),
            F.normalize(self.spectra_proj(self.spectra(spectra)), dim=-1),
            F.normalize(self.metadata_proj(self.metadata(metadata)), dim=-1),
        )

    def loss(self, *inputs):
        p, s, m = (unit.float() for unit in self(*inputs))
        targets = torch.arange(len(p), device=p.device)
        total = 0
        for scale, a, b in (self.scale_ps, p, s), (self.scale_sm, s, m), (self.scale_mp, m, p):
            logits = scale.exp().clamp(1, 100) * (a @ b.T)
            total = total + F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)
        return total


def peak_mib(device):
    """Peak of the device's memory, or of the process's own."""
    if device == 'cuda':
        return torch.cuda.max_memory_allocated() / 2**20
    with open('/proc/self/status') as file:
        return int(re.search(r'VmHWM:\s+(\d+) kB', file.read())[1]) / 2**10


def main():
    parser = argparse.ArgumentParser()
    for name in 'weights', 'inputs':
        parser.add_argument(f'--{name}', required=True)
    for name in 'heads', 'pool', 'warm-up', 'steps', 'threads':
        parser.add_argument(f'--{name}', type=int, required=True)
    parser.add_argument('--attention', choices=ATTENTION, required=True)
    parser.add_argument('--device', default='cpu')
    for name in 'compile', 'half', 'embed':
        parser.add_argument(f'--{name}', action='store_true')
    flags = parser.parse_args()
    if not flags.embed and flags.warm_up + flags.steps < 2:
        parser.error('--warm-up and --steps must be 2 or more together: the second loss is compared')
    torch.set_num_threads(flags.threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    inputs = read_safetensors(flags.inputs)
    batch = [inputs[name] for name in ('photometry', 'mask', 'spectra', 'metadata')]
    model = AstroM3(renamed(read_safetensors(flags.weights)), flags, length=batch[0].shape[1]).to(flags.device)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, betas=BETAS, weight_decay=L2)
    scaler = torch.amp.GradScaler(flags.device, enabled=flags.half)
    function = model.forward if flags.embed else model.loss
    if flags.compile:
        function = torch.compile(function)

    def compute():
        with torch.autocast(flags.device, dtype=torch.float16, enabled=flags.half):
            return function(*(tensor.to(flags.device) for tensor in batch))

    def embed():
        with torch.no_grad():
            return [float(embedding.cpu().square().sum()) / len(embedding) for embedding in compute()]

    def train():
        optimiser.zero_grad(set_to_none=True)
        loss = compute()
        scaler.scale(loss).backward()
        scaler.unscale_(optimiser)
        norm = nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        scaler.step(optimiser)
        scaler.update()
        return [loss.item(), norm.item()]

    step, times, results = embed if flags.embed else train, [], []
    for i in range(flags.warm_up + flags.steps):
        start = time.perf_counter()
        results.append(step())
        if i >= flags.warm_up:
            times.append(1000 * (time.perf_counter() - start))
    figures = {
        'stepMs': statistics.median(times),
        'peakMib': peak_mib(flags.device),
        'parameters': sum(parameter.numel() for parameter in model.parameters()),
    }
    if flags.embed:
        assert all(abs(square - 1) < 1e-2 for squares in results for square in squares), 'embeddings must be unit vectors'
    else:
        # The first scales of float16 gradients are too large, so that a norm may be infinite and its step left out.
        assert all(math.isfinite(loss) for loss, _ in results), f'losses must be finite: {results}'
        figures |= {'firstLoss': results[0][0], 'firstNorm': results[0][1]}
        figures |= {'secondLoss': results[1][0], 'lastLoss': results[-1][0]}
    print(json.dumps({name: value for name, value in figures.items() if math.isfinite(value)}))


if __name__ == '__main__':
    main()
