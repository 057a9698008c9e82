"""ViTs of the families that PyTorch's libraries have, with their names and layouts. torchvision's is torchvision's own; those of timm and of Hugging Face are
written here after timm's vision_transformer.py and transformers' modeling_vit.py, because these libraries are not in Debian."""
import torch
from torch import nn
from torch.nn import functional


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(functional.gelu(self.fc1(x)))


class Attention(nn.Module):
    """timm: one layer for query, key and value."""

    def __init__(self, width, heads, qkv_bias):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width, bias=qkv_bias), nn.Linear(width, width)

    def forward(self, x):
        samples, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(samples, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q * (width // self.heads) ** -0.5) @ k.transpose(-2, -1)
        return self.proj((scores.softmax(dim=-1) @ v).transpose(1, 2).reshape(samples, tokens, width))


class LayerScale(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * self.gamma


class TimmBlock(nn.Module):
    def __init__(self, width, heads, hidden, qkv_bias, layer_scale):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(width, eps=1e-6), Attention(width, heads, qkv_bias)
        self.ls1 = LayerScale(width) if layer_scale else nn.Identity()
        self.norm2, self.mlp = nn.LayerNorm(width, eps=1e-6), Mlp(width, hidden)
        self.ls2 = LayerScale(width) if layer_scale else nn.Identity()

    def forward(self, x):
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class PatchEmbed(nn.Module):
    def __init__(self, patch, width):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Timm(nn.Module):
    def __init__(self, image, patch, width, heads, hidden, blocks, classes, qkv_bias=True, layer_scale=False, no_embed_class=False, registers=0,
                 average=False, distilled=False):
        super().__init__()
        self.no_embed_class, self.average, self.distilled, self.prefix = no_embed_class, average, distilled, 1 + registers + distilled
        count = (image // patch) ** 2
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        if distilled:
            self.dist_token = nn.Parameter(torch.zeros(1, 1, width))
        if registers:
            self.reg_token = nn.Parameter(torch.zeros(1, registers, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, count + (0 if no_embed_class else self.prefix), width))
        self.patch_embed = PatchEmbed(patch, width)
        self.blocks = nn.Sequential(*[TimmBlock(width, heads, hidden, qkv_bias, layer_scale) for _ in range(blocks)])
        self.norm = nn.Identity() if average else nn.LayerNorm(width, eps=1e-6)  # global_pool = 'avg' has fc_norm in its place
        self.fc_norm = nn.LayerNorm(width, eps=1e-6) if average else nn.Identity()
        self.head = nn.Linear(width, classes)
        if distilled:
            self.head_dist = nn.Linear(width, classes)

    def forward(self, x):
        x = self.patch_embed(x)
        prefix = [getattr(self, name).expand(x.shape[0], -1, -1) for name in ("cls_token", "dist_token", "reg_token") if hasattr(self, name)]
        x = torch.cat([*prefix, x + self.pos_embed], 1) if self.no_embed_class else torch.cat([*prefix, x], 1) + self.pos_embed
        x = self.norm(self.blocks(x))
        if self.distilled:
            return (self.head(x[:, 0]) + self.head_dist(x[:, 1])) / 2
        return self.head(self.fc_norm(x[:, self.prefix :].mean(dim=1) if self.average else x[:, 0]))


class Dinov2(nn.Module):
    """Meta's DINOv2 with registers, after dinov2/models/vision_transformer.py: positions of the class token and of the patches, then registers between them.
    Where pictures have another grid, positions are interpolated as dinov2_vits14_reg does it (interpolate_antialias=True, interpolate_offset=0.0)."""

    def __init__(self, image, patch, width, heads, hidden, blocks, registers):
        super().__init__()
        self.grid = image // patch
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.grid**2 + 1, width))
        self.register_tokens = nn.Parameter(torch.zeros(1, registers, width))
        self.mask_token = nn.Parameter(torch.zeros(1, width))
        self.patch_embed = PatchEmbed(patch, width)
        self.blocks = nn.Sequential(*[TimmBlock(width, heads, hidden, True, True) for _ in range(blocks)])
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def positions(self, side):
        if side == self.grid:
            return self.pos_embed
        patches = self.pos_embed[:, 1:].reshape(1, self.grid, self.grid, -1).permute(0, 3, 1, 2)
        patches = functional.interpolate(patches, size=(side, side), mode="bicubic", antialias=True).permute(0, 2, 3, 1).flatten(1, 2)
        return torch.cat([self.pos_embed[:, :1], patches], 1)

    def forward(self, x):
        x = self.patch_embed(x)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + self.positions(int(x.shape[1] ** 0.5))
        x = torch.cat([x[:, :1], self.register_tokens.expand(x.shape[0], -1, -1), x[:, 1:]], 1)
        return self.norm(self.blocks(x))[:, 0]


def tree(**modules):
    """A module that only holds others, for names with dots."""
    holder = nn.Module()
    for name, module in modules.items():
        holder.add_module(name, module)
    return holder


class HuggingFaceLayer(nn.Module):
    def __init__(self, width, heads, hidden, epsilon):
        super().__init__()
        self.heads = heads
        inner = tree(query=nn.Linear(width, width), key=nn.Linear(width, width), value=nn.Linear(width, width))
        self.attention = tree(attention=inner, output=tree(dense=nn.Linear(width, width)))
        self.intermediate, self.output = tree(dense=nn.Linear(width, hidden)), tree(dense=nn.Linear(hidden, width))
        self.layernorm_before, self.layernorm_after = nn.LayerNorm(width, eps=epsilon), nn.LayerNorm(width, eps=epsilon)

    def forward(self, x):
        samples, tokens, width = x.shape
        y, inner = self.layernorm_before(x), self.attention.attention
        q, k, v = (layer(y).view(samples, tokens, self.heads, -1).permute(0, 2, 1, 3) for layer in (inner.query, inner.key, inner.value))
        weights = (q @ k.transpose(-1, -2) / (width // self.heads) ** 0.5).softmax(dim=-1)
        x = x + self.attention.output.dense((weights @ v).permute(0, 2, 1, 3).reshape(samples, tokens, width))
        return x + self.output.dense(functional.gelu(self.intermediate.dense(self.layernorm_after(x))))


class HuggingFaceBase(nn.Module):
    def __init__(self, image, patch, width, heads, hidden, blocks, pooler, epsilon, distilled=False):
        super().__init__()
        self.distilled = distilled
        self.embeddings = tree(patch_embeddings=tree(projection=nn.Conv2d(3, width, patch, stride=patch)))
        self.embeddings.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        if distilled:
            self.embeddings.distillation_token = nn.Parameter(torch.zeros(1, 1, width))
        self.embeddings.position_embeddings = nn.Parameter(torch.zeros(1, (image // patch) ** 2 + 1 + distilled, width))
        self.encoder = tree(layer=nn.ModuleList([HuggingFaceLayer(width, heads, hidden, epsilon) for _ in range(blocks)]))
        self.layernorm = nn.LayerNorm(width, eps=epsilon)
        if pooler:
            self.pooler = tree(dense=nn.Linear(width, width))

    def forward(self, x):
        x = self.embeddings.patch_embeddings.projection(x).flatten(2).transpose(1, 2)
        prefix = [self.embeddings.cls_token] + ([self.embeddings.distillation_token] if self.distilled else [])
        x = torch.cat([token.expand(x.shape[0], -1, -1) for token in prefix] + [x], 1) + self.embeddings.position_embeddings
        for layer in self.encoder.layer:
            x = layer(x)
        return self.layernorm(x)[:, :2] if self.distilled else self.layernorm(x)[:, 0]


class HuggingFace(nn.Module):
    def __init__(self, name, image, patch, width, heads, hidden, blocks, classes, epsilon):
        super().__init__()
        self.base = name
        self.add_module(name, HuggingFaceBase(image, patch, width, heads, hidden, blocks, False, epsilon))
        self.classifier = nn.Linear(width, classes)

    def forward(self, x):
        return self.classifier(getattr(self, self.base)(x))


class HuggingFaceDistilled(nn.Module):
    """DeiTForImageClassificationWithTeacher."""

    def __init__(self, image, patch, width, heads, hidden, blocks, classes, epsilon):
        super().__init__()
        self.deit = HuggingFaceBase(image, patch, width, heads, hidden, blocks, False, epsilon, distilled=True)
        self.cls_classifier, self.distillation_classifier = nn.Linear(width, classes), nn.Linear(width, classes)

    def forward(self, x):
        x = self.deit(x)
        return (self.cls_classifier(x[:, 0]) + self.distillation_classifier(x[:, 1])) / 2


def randomise(model, seed):
    """Parameters that keep activations near 1 and differ everywhere; float32 in a double model."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            fan = parameter[0].numel() if parameter.dim() > 1 else 16
            values = torch.randn(parameter.shape, generator=generator) * fan**-0.5
            near_one = "gamma" in name or (parameter.dim() == 1 and name.endswith("weight"))
            parameter.copy_(values * 0.5 + 1 if near_one else values)
    return model.double().eval()
