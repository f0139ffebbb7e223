import numpy as np

from tagwerk.layers.input_branches import encode_branches

INPUTS = {"tracks": (np.array([[1.0, 2.0]]),), "clusters": (np.array([[3.0, 4.0]]),)}


def test_vectors_are_concatenated_in_the_order_of_the_card():
    scale = {"tracks": 1, "clusters": 10}
    for names in (["tracks", "clusters"], ["clusters", "tracks"]):
        joined = encode_branches({name: INPUTS[name] for name in names}, lambda name, values: scale[name] * values)
        assert np.asarray(joined).tolist() == [[scale[name] * value for name in names for value in INPUTS[name][0][0]]]


def test_the_vector_of_a_single_branch_is_the_result():
    vector = np.ones((1, 3))
    assert encode_branches({"tracks": INPUTS["tracks"]}, lambda name, values: vector) is vector
