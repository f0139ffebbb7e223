import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tagwerk.cards.onnx_file import TensorInfo, read_onnx_file
from tagwerk.errors import UserError
from tests.training.onnx_models import save, save_sums


def message(path):
    with pytest.raises(UserError) as error:
        read_onnx_file(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{path}: ")


def test_it_tells_shapes_metadata_and_the_number_of_weights(tmp_path):
    found = read_onnx_file(save_sums(tmp_path / "sums.onnx", metadata={"author": "me"}))
    assert found.inputs == {"x": TensorInfo((None, None, 2), "float32")}
    assert found.outputs == {"scores": TensorInfo((None, 2), "float32")}
    assert found.metadata == {"author": "me"}
    assert found.parameters == 4


def test_a_changed_file_is_read_again(tmp_path):
    assert read_onnx_file(save_sums(tmp_path / "sums.onnx")).parameters == 4
    assert read_onnx_file(save_sums(tmp_path / "sums.onnx", columns=7)).parameters == 14


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"title: not a model\n", b"\x08\x08", bytes(1000)])
def test_what_is_no_onnx_file_is_refused(content, tmp_path):
    (tmp_path / "x.onnx").write_bytes(content)
    assert message(tmp_path / "x.onnx") == "is not an ONNX file, or damaged; export the model again"


def test_a_truncated_file_is_refused(tmp_path):
    path = save_sums(tmp_path / "sums.onnx")
    path.write_bytes(path.read_bytes()[:-20])
    assert "is not an ONNX file, or damaged" in message(path)


def test_a_missing_file_is_named(tmp_path):
    assert message(tmp_path / "x.onnx") == "No such file or directory; correct the path"


def test_weights_in_another_file_are_refused_with_the_way_out(tmp_path):
    model = onnx.load(save_sums(tmp_path / "sums.onnx"))
    onnx.save(model, tmp_path / "split.onnx", save_as_external_data=True, location="split.data", size_threshold=0)
    text = message(tmp_path / "split.onnx")
    assert "its weights are in another file, 'split.data'; write all in one file: onnx.save(onnx.load(" in text
    onnx.save(onnx.load(tmp_path / "split.onnx"), tmp_path / "complete.onnx")
    assert read_onnx_file(tmp_path / "complete.onnx").parameters == 4


def external_tensor():
    tensor = numpy_helper.from_array(np.ones(3, np.float32), "secret")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return tensor


@pytest.mark.parametrize("place", ["attribute", "body"])
def test_weights_of_another_file_are_found_wherever_they_are(place, tmp_path):
    node = helper.make_node("Constant", [], ["w"], value=external_tensor())
    if place == "body":
        value = helper.make_tensor_value_info("w", TensorProto.FLOAT, [3])
        body = helper.make_graph([node], "body", [], [value])
        node = helper.make_node("If", ["yes"], ["w"], then_branch=body, else_branch=body)
    last = helper.make_node("Add", ["x", "w"], ["y"])
    path = save(tmp_path / "x.onnx", [node, last], {"x": ["n", 3]}, {"y": ["n", 3]}, {"yes": True})
    assert "in another file, '/etc/passwd'" in message(path)


def test_custom_operators_are_listed(tmp_path):
    nodes = [helper.make_node(name, ["x"], ["y"], domain="my.lab") for name in ("Wavelet", "Sort")]
    path = save(tmp_path / "x.onnx", nodes, {"x": ["n", 3]}, {"y": ["n", 3]}, opsets=[helper.make_opsetid("my.lab", 1)])
    assert "has custom operators, which Tagwerk does not load: my.lab::Sort, my.lab::Wavelet;" in message(path)


def test_operators_that_the_file_defines_itself_are_no_custom_ones(tmp_path):
    double = helper.make_node("Add", ["a", "a"], ["b"])
    function = helper.make_function("my.lab", "Double", ["a"], ["b"], [double], [helper.make_opsetid("", 17)])
    node = helper.make_node("Double", ["x"], ["y"], domain="my.lab")
    path = save(
        tmp_path / "x.onnx", [node], {"x": ["n", 3]}, {"y": ["n", 3]}, functions=[function],
        opsets=[helper.make_opsetid("my.lab", 1)],
    )  # fmt: skip
    assert set(read_onnx_file(path).inputs) == {"x"}


def test_a_newer_opset_is_refused(tmp_path):
    assert "has operators of ONNX opset 99; export it with opset_version=" in message(
        save_sums(tmp_path / "sums.onnx", opset=99)
    )
