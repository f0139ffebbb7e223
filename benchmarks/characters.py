"""Training steps of the lecture's three LSTM(512) layers on characters, with Tagwerk's layers and with Keras's own.

Run: python benchmarks/characters.py [--batch 32] [--steps 8] [--threads 2]
"""

import argparse
from collections.abc import Callable
from time import perf_counter, process_time

import numpy as np

CHARACTERS, LENGTH, UNITS, LAYERS, DROPOUT = 65, 100, 512, 3, 0.5


def training_step(ours: bool, inputs: dict[str, object], targets: object) -> Callable[[], float]:
    """Return a function that takes a step and returns the loss."""
    import keras
    import tensorflow as tf

    from tagwerk.layers.recurrent_stack import Recurrent

    characters = keras.Input((None, CHARACTERS), name="text")
    mask = keras.Input((None,), dtype="bool", name="text_mask")
    states = characters
    for _ in range(LAYERS):
        keras_layer = keras.layers.LSTM(UNITS, return_sequences=True)
        states = Recurrent("lstm", [UNITS])(states, mask) if ours else keras_layer(states)
        states = keras.layers.Dropout(DROPOUT)(states)
    model = keras.Model({"text": characters, "text_mask": mask}, keras.layers.Dense(CHARACTERS)(states))
    adamw = keras.optimizers.AdamW(1e-3)
    adamw.build(model.trainable_variables)

    @tf.function(autograph=False)
    def step() -> object:
        with tf.GradientTape() as tape:
            logits = model(inputs, training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(targets, logits, from_logits=True))
        adamw.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    return lambda: float(step())


def main(batch: int, steps: int, threads: int) -> None:
    """Print elapsed and processor time per step, and the share of the fastest product of two matrices."""
    from tagwerk.training import network

    network.prepare(1, threads)
    import tensorflow as tf

    random = np.random.default_rng(1)
    text = random.integers(0, CHARACTERS, (batch, LENGTH + 1))
    one_hot = tf.constant(np.eye(CHARACTERS, dtype=np.float32)[text[:, :-1]])
    inputs = {"text": one_hot, "text_mask": tf.ones((batch, LENGTH), tf.bool)}
    contestants = {name: training_step(name == "Tagwerk", inputs, text[:, 1:]) for name in ("Tagwerk", "Keras")}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    products = []
    for turn in range(steps + 1):  # the first one compiles
        for name, step in contestants.items():
            elapsed, used = perf_counter(), process_time()
            step()
            times[name] += [(perf_counter() - elapsed, process_time() - used)] * bool(turn)
        products.append(_product_time())
    weights = 4 * UNITS * (CHARACTERS + UNITS + 2 * UNITS * (LAYERS - 1)) + UNITS * CHARACTERS
    work, fastest = 6 * batch * LENGTH * weights, 2 * 2048**3 / min(products)
    print(f"fastest product: {fastest / 1e9:.0f} GFLOP/s")
    for name, measured in times.items():
        elapsed, used = np.median(measured, axis=0)
        share = work / min(time for time, _ in measured) / fastest
        rate = f"{batch * LENGTH / elapsed:,.0f} characters/s, fastest step {share:.0%} of the fastest product"
        print(f"{name}: {elapsed:.2f} s per step, {used:.2f} s of processor time, medians; {rate}")


def _product_time() -> float:
    import tensorflow as tf

    matrix = tf.random.uniform((2048, 2048))
    tf.matmul(matrix, matrix).numpy()
    start = perf_counter()
    tf.matmul(matrix, matrix).numpy()
    return perf_counter() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for option, default in {"--batch": 32, "--steps": 8, "--threads": 2}.items():
        parser.add_argument(option, type=int, default=default)
    main(**vars(parser.parse_args()))
