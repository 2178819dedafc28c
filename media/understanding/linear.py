"""A linear classifier over n-grams: inference, and its file.

The file is an ``.npz`` without pickles: ``weights`` (int8, features x labels), ``scale``
(one a label), ``bias``, ``idf``, and as UTF-8 bytes ``vocabulary`` (one n-gram a line)
and ``meta`` (JSON: kind, format, labels, grams, and what the kind adds).
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.understanding.errors import BadModel, NoModel
from media.understanding.features import Grams, features
from media.wav import replacing

FORMAT = 1
_MOST_BYTES = 200_000_000
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LinearModel:
    """``weights``: float32, shaped (features, labels). Inference takes 0.1 to 0.3 ms for
    an utterance and may run on the event loop; loading and saving belong in a thread."""

    kind: str
    labels: tuple[str, ...]
    grams: Grams
    vocabulary: Mapping[str, int]
    idf: Floats
    weights: Floats
    bias: Floats
    extra: Mapping[str, Any] = field(default_factory=dict)

    def vector(self, text: str) -> tuple[NDArray[np.int64], Floats, float]:
        """Places of the known n-grams, their normalised TF-IDF, and the part of the
        n-grams that is known (0 to 1, by weight of a rare n-gram)."""
        return vectorise(features(text, self.grams), self.vocabulary, self.idf)

    def scores(self, text: str) -> Floats:
        """One score a label; the larger, the likelier."""
        places, values, _ = self.vector(text)
        return np.asarray(values @ self.weights[places] + self.bias, dtype=np.float32)

    def contributions(self, text: str, label: int) -> list[tuple[str, float]]:
        """What each n-gram adds to the score of a label, over the mean of the others."""
        counts = features(text, self.grams)
        names = [gram for gram in counts if gram in self.vocabulary]
        places, values, _ = vectorise(counts, self.vocabulary, self.idf)
        rows = self.weights[places]
        others = (rows.sum(axis=1) - rows[:, label]) / max(1, len(self.labels) - 1)
        given = values * (rows[:, label] - others)
        return [(name, float(value)) for name, value in zip(names, given, strict=True)]


def vectorise(
    counts: Mapping[str, int], vocabulary: Mapping[str, int], idf: Floats
) -> tuple[NDArray[np.int64], Floats, float]:
    """TF-IDF of length 1 with logarithmic counts; see :meth:`LinearModel.vector`."""
    places, values = [], []
    unknown = 0
    for gram, count in counts.items():
        place = vocabulary.get(gram)
        if place is None:
            unknown += gram[0] != "~"
        else:
            places.append(place)
            values.append((1 + math.log(count)) if count > 1 else 1.0)
    at = np.array(places, dtype=np.int64)
    weighted = np.array(values, dtype=np.float32) * idf[at] if places else np.zeros(0, np.float32)
    known = sum(1 for gram in counts if gram[0] != "~") - unknown
    length = float(np.sqrt(np.sum(weighted * weighted)))
    coverage = known / max(1, known + unknown)
    return at, (weighted / length if length else weighted).astype(np.float32), coverage


def softmax(scores: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Probabilities along the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True), dtype=np.float64)
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def save(model: LinearModel, path: Path) -> None:
    """Write the model; weights become 8 bits. Raises DiskFailed."""
    scale = np.maximum(np.abs(model.weights).max(axis=0), 1e-9) / 127
    arrays: dict[str, Any] = {
        "weights": np.round(model.weights / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "bias": model.bias.astype(np.float32),
        "idf": model.idf.astype(np.float16),
        "vocabulary": _bytes("\n".join(model.vocabulary)),
        "meta": _bytes(
            json.dumps(
                {
                    "kind": model.kind,
                    "format": FORMAT,
                    "labels": list(model.labels),
                    "grams": model.grams.as_dict(),
                    **model.extra,
                },
                ensure_ascii=False,
            )
        ),
    }
    buffer = io.BytesIO()
    # zip's own dates would make two files of the same training differ
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            part = io.BytesIO()
            np.lib.format.write_array(part, np.asarray(array), allow_pickle=False)
            archive.writestr(entry, part.getvalue())
    with replacing(path) as out:
        out.write(buffer.getvalue())


def load(path: Path, kind: str) -> LinearModel:
    """Read a model of that kind; raises NoModel, BadModel."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadModel(f"{path} is too large for a model.")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        meta = json.loads(arrays["meta"].tobytes().decode())
        if meta["kind"] != kind or meta["format"] != FORMAT:
            raise BadModel(
                f"{path} holds {meta['kind']!r}, format {meta['format']}; "
                f"needed is {kind!r}, format {FORMAT}.",
                hint="Train it anew with this version.",
            )
        return _model(meta, arrays)
    except FileNotFoundError:
        raise NoModel(f"There is no model {path}.") from None
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise BadModel(
            f"{path} is not a model that can be read: {error}.", hint="Train it anew."
        ) from None


def _model(meta: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> LinearModel:
    names: Sequence[str] = arrays["vocabulary"].tobytes().decode().split("\n")
    weights = arrays["weights"].astype(np.float32) * arrays["scale"]
    labels = tuple(meta.pop("labels"))
    grams = meta.pop("grams")
    kind = meta.pop("kind")
    del meta["format"]
    if weights.shape != (len(names), len(labels)) or arrays["idf"].shape != (len(names),):
        raise ValueError("its parts do not fit together")
    return LinearModel(
        kind=kind,
        labels=labels,
        grams=Grams(grams["words"], grams["characters"], tuple(grams["pieces"])),
        vocabulary={name: place for place, name in enumerate(names)},
        idf=arrays["idf"].astype(np.float32),
        weights=weights.astype(np.float32),
        bias=arrays["bias"].astype(np.float32),
        extra=meta,
    )


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)
