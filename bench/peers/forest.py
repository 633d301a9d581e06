"""Random forest, gradient boosting and isolation forest of scikit-learn on the features of a file of prepared objects.

Takes a JSON object on standard input: {"file", "trees", "splitFeaturesRatio", "iterations", "threads", "splits": [{"seed", "training":
[rows], "test": [rows]}]}; prints one of lists, an entry a split: {"forest": [{"predicted": class numbers, "novelty": 1 - max p}, …], "boosting": the
same, "isolation": [{"novelty": the opposite of the anomaly score}, …]} of the test objects.
"""

import json
import struct
import sys

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, RandomForestClassifier

MISSING = -99.0


def tensor(file, name):
    with open(file, "rb") as handle:
        length = struct.unpack("<Q", handle.read(8))[0]
        info = json.loads(handle.read(length))[name]
        start, end = info["data_offsets"]
        handle.seek(8 + length + start)
        dtype = {"F32": "<f4", "I64": "<i8"}[info["dtype"]]
        return np.frombuffer(handle.read(end - start), dtype=dtype).reshape(info["shape"])


def main():
    asked = json.load(sys.stdin)
    features = tensor(asked["file"], "raw.globals").astype(np.float64)
    labels = tensor(asked["file"], "in.label")
    filled = np.nan_to_num(features, nan=MISSING)
    varying = np.array([len(np.unique(column)) > 1 for column in filled.T])
    answer = {"forest": [], "boosting": [], "isolation": []}
    for split in asked["splits"]:
        training, test = np.array(split["training"]), np.array(split["test"])
        models = {
            "forest": RandomForestClassifier(
                asked["trees"],
                max_features=asked["splitFeaturesRatio"],
                n_jobs=asked["threads"],
                random_state=split["seed"],
            ),
            "boosting": HistGradientBoostingClassifier(
                max_iter=asked["iterations"], learning_rate=0.1, max_leaf_nodes=15, random_state=split["seed"]
            ),
        }
        for name, model in models.items():
            model.fit(filled[training][:, varying], labels[training])
            probability = model.predict_proba(filled[test][:, varying])
            answer[name].append(
                {
                    "predicted": model.classes_[probability.argmax(axis=1)].tolist(),
                    "novelty": (1 - probability.max(axis=1)).tolist(),
                }
            )
        isolation = IsolationForest(n_estimators=asked["trees"], random_state=split["seed"])
        isolation.fit(filled[training][:, varying])
        answer["isolation"].append({"novelty": (-isolation.score_samples(filled[test][:, varying])).tolist()})
    json.dump(answer, sys.stdout)


main()
